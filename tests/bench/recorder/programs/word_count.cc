// Two threads count the words of generated text in maps of their own, which are then joined under a lock.
//   word_count WORDS
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>

namespace {

std::mutex mutex;
std::map<std::string, std::size_t> total;

std::string text_of(std::size_t words, unsigned seed) {
  std::minstd_rand random(seed);
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    for (std::size_t letters = 1 + random() % 3; letters != 0; --letters) {
      text += static_cast<char>('a' + random() % 12);
    }
    text += ' ';
  }
  return text;
}

void count(std::size_t words, unsigned seed) {
  const std::string text = text_of(words, seed);
  std::map<std::string, std::size_t> counts;
  std::string word;
  for (const char letter : text) {
    if (letter != ' ') {
      word += letter;
    } else {
      ++counts[word];
      word.clear();
    }
  }
  const std::lock_guard hold(mutex);
  for (const auto& [found, times] : counts) { total[found] += times; }
}

}  // namespace

int main(int, char** argv) {
  const std::size_t words = std::strtoull(argv[1], nullptr, 10);
  std::thread other(count, words / 2, 2);
  count(words / 2, 1);
  other.join();
  std::printf("%zu\n", total.size());
}
