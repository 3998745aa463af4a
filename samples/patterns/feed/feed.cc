// A feed from three sources is shown within a limit, with what has come by then.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

using namespace std::chrono_literals;

namespace {

struct Part {
  std::string source, text;
};

std::map<std::string, std::string> load_feed(tenter::Duration limit, bool news_answers) {
  const auto [context, cancel] = tenter::with_timeout(tenter::background(), limit);
  const tenter::Context until = context;
  const auto parts = tenter::make_chan<Part>(3);
  for (const std::string source : {"friends", "groups", "news"}) {
    tenter::go({.name = source}, [=] {
      if (source == "news" && !news_answers) {  // too slow today
        until.done().recv();
        return;
      }
      parts.send({source, "what " + source + " say"});
    });
  }
  std::map<std::string, std::string> feed;
  for (bool waiting = true; waiting && feed.size() < 3;) {
    tenter::select(tenter::on_recv(parts, [&](Part part) { feed[part.source] = part.text; }),
                   tenter::on_recv(until.done(), [&] { waiting = false; }));
  }
  cancel();
  while (const auto part = parts.try_recv().value) { feed[part->source] = part->text; }  // came just when time was up
  return feed;
}

void show(const std::map<std::string, std::string>& feed) {
  std::printf("%zu of 3:", feed.size());
  for (const auto& [source, text] : feed) { std::printf(" [%s]", text.c_str()); }
  std::puts("");
}

}  // namespace

int main() {
  return tenter::run([] {
    show(load_feed(1h, true));
    show(load_feed(500ms, false));
  });
}
