// Both hold the lock, but only shared, and both write.
// expect: data-race object=hits
#include <shared_mutex>
#include <thread>
long hits;
std::shared_mutex guard;
static void look() {
  std::shared_lock<std::shared_mutex> lock(guard);
  hits = hits + 1;  // <- here
}
int main() {
  std::thread other(look);
  look();
  other.join();
}
