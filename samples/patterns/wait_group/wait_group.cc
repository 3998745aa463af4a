// A batch of e-mails goes out, a task for each, and the program goes on when all are gone.
#include <tenter/tenter.h>

#include <array>
#include <cstdio>
#include <string>

int main() {
  return tenter::run([] {
    const std::array<std::string, 3> recipients = {"anna@example.com", "bela@example.com", "chiara@example.com"};
    std::array<std::string, 3> outcome;
    tenter::WaitGroup sending;
    for (std::size_t i = 0; i < recipients.size(); ++i) {
      sending.go({.name = "mail to " + recipients[i]}, [&, i] {
        tenter::yield();  // the mail server
        outcome[i] = "sent to " + recipients[i];
      });
    }
    sending.wait();  // what the tasks wrote is visible from here on
    for (const std::string& line : outcome) { std::printf("%s\n", line.c_str()); }
  });
}
