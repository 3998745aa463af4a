// Two threads follow the links of one ring, which nobody changes any more.  pointer_chase STEPS
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Node {
  Node* next;
  long value;
};

long follow(const Node* node, std::size_t steps) {
  long sum = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    sum += node->value;
    node = node->next;
  }
  return sum;
}

}  // namespace

int main(int, char** argv) {
  const std::size_t steps = std::strtoull(argv[1], nullptr, 10);
  std::vector<Node> nodes(20'000);
  std::vector<std::size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::minstd_rand random(1);
  for (std::size_t i = order.size(); i > 1; --i) { std::swap(order[i - 1], order[random() % i]); }
  for (std::size_t i = 0; i < order.size(); ++i) {
    nodes[order[i]] = {&nodes[order[(i + 1) % order.size()]], static_cast<long>(i)};
  }
  long sums[2] = {};
  std::thread other([&] { sums[1] = follow(&nodes[order[order.size() / 2]], steps / 2); });
  sums[0] = follow(&nodes[order[0]], steps / 2);
  other.join();
  std::printf("%ld\n", sums[0] + sums[1]);
}
