// The search for primes is fanned out to four finders, and what they find is brought together again.
#include <tenter/tenter.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

namespace {

bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d) {
    if (n % d == 0) { return false; }
  }
  return n > 1;
}

tenter::RecvChan<int> numbers(int last) {
  const auto out = tenter::make_chan<int>(16);
  tenter::go({.name = "numbers"}, [=] {
    for (int n = 2; n <= last; ++n) { out.send(n); }
    out.close();
  });
  return out;
}
tenter::RecvChan<int> find_primes(tenter::RecvChan<int> in) {
  const auto out = tenter::make_chan<int>();
  tenter::go({.name = "finder"}, [=] {
    for (const int n : in) {
      if (is_prime(n)) { out.send(n); }
    }
    out.close();
  });
  return out;
}
tenter::RecvChan<int> merge(const std::vector<tenter::RecvChan<int>>& inputs) {
  const auto out = tenter::make_chan<int>();
  const auto forwarding = std::make_shared<tenter::WaitGroup>();
  for (const auto& in : inputs) {
    forwarding->go({.name = "merge"}, [=] {
      for (const int n : in) { out.send(n); }
    });
  }
  tenter::go({.name = "closer"}, [=] {
    forwarding->wait();
    out.close();
  });
  return out;
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto source = numbers(100);
    std::vector<tenter::RecvChan<int>> finders;
    for (int i = 0; i < 4; ++i) { finders.push_back(find_primes(source)); }
    std::vector<int> primes;
    for (const int prime : merge(finders)) { primes.push_back(prime); }
    std::sort(primes.begin(), primes.end());
    std::printf("%zu primes up to 100, the last is %d\n", primes.size(), primes.back());
  });
}
