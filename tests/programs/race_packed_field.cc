// An unaligned field of a packed struct.
// expect: data-race object=message
#include <thread>
struct __attribute__((packed)) Message { char kind; long length; };
Message message;
int main() {
  std::thread other([] {
    message.length = 1;  // <- here
  });
  message.length = 2;  // <- and here
  other.join();
}
