// What is read under a lock lies in the standard library's own types, whose functions are partly compiled elsewhere: up
// to C++17 those of strings, and always those that link the nodes of lists and trees.
// pairs: short_text long_text number_as_text wide_text list_filled list_emptied list_moved list_turned list_swapped
//   map_filled map_without_a_key set_of_texts hashed_map queue vector pointer function one_of_several error
//   characters
// std: c++17
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "hidden.h"

// A text with room in the string itself.
namespace short_text {
std::mutex guard;
std::string state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = "ready";
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state == "ready";
}
}  // namespace short_text

// A text on the heap.
namespace long_text {
std::mutex guard;
std::string state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.append(100, 'r');
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return !state.empty();
}
}  // namespace long_text

// Digits.
namespace number_as_text {
std::mutex guard;
std::string state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = std::to_string(77);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return std::stoi("0" + state) == 77;
}
}  // namespace number_as_text

// Wide characters.
namespace wide_text {
std::mutex guard;
std::wstring state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = L"ready";
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state == L"ready";
}
}  // namespace wide_text

// A list that is empty no more.
namespace list_filled {
std::mutex guard;
std::list<int> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.push_back(1);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return !state.empty();
}
}  // namespace list_filled

// A list that is empty again.
namespace list_emptied {
std::mutex guard;
std::list<int> state{1};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.pop_front();
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.empty();
}
}  // namespace list_emptied

// A list that got another's.
namespace list_moved {
std::mutex guard;
std::list<int> state, other{1};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.splice(state.end(), other);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return !state.empty() && other.empty();
}
}  // namespace list_moved

// A list whose last is first now.
namespace list_turned {
std::mutex guard;
std::list<int> state{1, 2};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.reverse();
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.front() == 2;
}
}  // namespace list_turned

// Two lists that changed places.
namespace list_swapped {
std::mutex guard;
std::list<int> state, other{1};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.swap(other);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.begin() != state.end();
}
}  // namespace list_swapped

// A map that is empty no more.
namespace map_filled {
std::mutex guard;
std::map<int, int> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state[1] = 2;
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.begin() != state.end();
}
}  // namespace map_filled

// A map that a key has gone from.
namespace map_without_a_key {
std::mutex guard;
std::map<int, int> state{{1, 1}, {2, 2}, {3, 3}};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.erase(2);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.find(2) == state.end();
}
}  // namespace map_without_a_key

// A set.
namespace set_of_texts {
std::mutex guard;
std::set<std::string> state{"one", "two"};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.insert("three");
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.count("three") == 1;
}
}  // namespace set_of_texts

// A map by hash.
namespace hashed_map {
std::mutex guard;
std::unordered_map<std::string, int> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state["one"] = 1;
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.count("one") == 1;
}
}  // namespace hashed_map

// A queue.
namespace queue {
std::mutex guard;
std::queue<std::string> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.push("one");
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return !state.empty();
}
}  // namespace queue

// A vector.
namespace vector {
std::mutex guard;
std::vector<std::string> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state.emplace_back("one");
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return !state.empty();
}
}  // namespace vector

// A shared pointer.
namespace pointer {
std::mutex guard;
std::shared_ptr<int> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = std::make_shared<int>(1);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state != nullptr;
}
}  // namespace pointer

// A function.
namespace function {
std::mutex guard;
std::function<void()> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = [] {};
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state != nullptr;
}
}  // namespace function

// One type of several.
namespace one_of_several {
std::mutex guard;
std::variant<int, std::string> state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = "ready";
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state.index() == 1;
}
}  // namespace one_of_several

// An exception.
namespace error {
std::mutex guard;
std::exception_ptr state;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  state = std::make_exception_ptr(1);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return state != nullptr;
}
}  // namespace error

// A text of C.
namespace characters {
std::mutex guard;
char state[20];
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  std::snprintf(state, sizeof state, "ready %d", 1);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return std::strlen(state) > 3;
}
}  // namespace characters

int main(int count, char** words) {
  return run_pair(
      count, words,
      {LOCK(short_text),        LOCK(long_text),    LOCK(number_as_text), LOCK(wide_text),    LOCK(list_filled),
       LOCK(list_emptied),      LOCK(list_moved),   LOCK(list_turned),    LOCK(list_swapped), LOCK(map_filled),
       LOCK(map_without_a_key), LOCK(set_of_texts), LOCK(hashed_map),     LOCK(queue),        LOCK(vector),
       LOCK(pointer),           LOCK(function),     LOCK(one_of_several), LOCK(error),        LOCK(characters)});
}
