// Allocation, and what libc reads and writes on the program's behalf.
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vector>

#include "event_log.h"

using namespace tenter::test;

namespace {

// Calls that the compiler must not answer itself.
template <class F>
F opaque(F function) {
  asm volatile("" : "+r"(function));
  return function;
}
void* (*const copy)(void*, const void*, std::size_t) = opaque(&memcpy);

void blocks() {
  log_clear();
  auto* block = static_cast<char*>(opaque(&malloc)(40));
  opaque (&free)(block);
  EXPECT_MEMORY(block, 40, "alloc(0,40) free(0,0)");
  log_clear();
  block = static_cast<char*>(opaque(&calloc)(4, 10));
  opaque (&free)(block);
  EXPECT_MEMORY(block, 40, "alloc(0,40) free(0,0)");
  log_clear();
  void* aligned = nullptr;
  EXPECT(posix_memalign(&aligned, 256, 100) == 0);
  EXPECT(reinterpret_cast<std::uintptr_t>(aligned) % 256 == 0);
  free(aligned);
  EXPECT_MEMORY(aligned, 100, "alloc(0,100) free(0,0)");
  log_clear();
  auto* object = new std::uint64_t(1);
  const auto* const where = opaque(object);  // g++ minds even the address of what is deleted
  delete object;
  EXPECT_MEMORY(where, 8, "alloc(0,8) free(0,0)");
  EXPECT(opaque(&malloc)(SIZE_MAX / 2) == nullptr);
  opaque (&free)(nullptr);
}

void a_realloc_ends_the_old_block_first() {
  auto* old = static_cast<char*>(opaque(&malloc)(16));
  strcpy(old, "kept");
  void* others[64];  // behind it, so that it must move to grow
  for (void*& other : others) other = opaque(&malloc)(16);
  const std::size_t usable = malloc_usable_size(old);
  log_clear();
  auto* block = static_cast<char*>(opaque(&realloc)(old, 100'000));
  EXPECT(strcmp(block, "kept") == 0);
  EXPECT_MEMORY(old, 16, "read(0," + std::to_string(usable) + ") free(0,0)");
  EXPECT(memory_log_of(block, 100'000).starts_with("alloc(0,100000) write(0," + std::to_string(usable) + ")"));
  log_clear();
  EXPECT(opaque(&realloc)(block, SIZE_MAX / 2) == nullptr);
  EXPECT(memory_log_of(block, 1).find("free(0,0) alloc(0,") != std::string::npos);  // as it was
  EXPECT(opaque(&reallocarray)(block, SIZE_MAX / 2, 4) == nullptr);
  free(block);
  for (void* const other : others) free(other);
}

void mappings() {
  log_clear();
  auto* pages = static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  EXPECT(pages != MAP_FAILED);
  auto* moved = static_cast<char*>(mremap(pages, 8192, 4096, 0));
  EXPECT(moved == pages);
  munmap(moved, 4096);
  EXPECT_MEMORY(pages, 8192, "map(0,8192) unmap(0,8192) map(0,4096) unmap(0,4096)");
}

void copies() {
  char from[16] = "0123456789", to[16];
  log_clear();
  copy(to, from, 6);
  EXPECT_MEMORY(from, 16, "read(0,6)");
  EXPECT_MEMORY(to, 16, "write(0,6)");
  log_clear();
  opaque (&memmove)(from + 1, from, 4);
  opaque (&memset)(from, 'x', 3);
  EXPECT_MEMORY(from, 16, "read(0,4) write(1,4) write(0,3)");
  log_clear();
  copy(to, from, 0);
  EXPECT_MEMORY(to, 16, "");
}

void strings() {
  char text[32] = "hello world", to[32] = "";
  log_clear();
  EXPECT(opaque(&strlen)(text) == 11);
  EXPECT(opaque(static_cast<char* (*)(char*, int)>(&strchr))(text, 'w') == text + 6);
  EXPECT(opaque(&strcmp)(text, "help") < 0);
  EXPECT(opaque(&strncmp)(text, "help", 2) == 0);
  EXPECT(opaque(&memcmp)(text, "help!", 5) < 0);
  EXPECT(opaque(static_cast<char* (*)(char*, const char*)>(&strstr))(text, "lo") == text + 3);
  EXPECT(opaque(&strnlen)(text, 4) == 4);
  EXPECT_MEMORY(text, 32, "read(0,12) read(0,7) read(0,4) read(0,2) read(0,4) read(0,5) read(0,4)");
  log_clear();
  opaque (&strcpy)(to, text);
  opaque (&strcat)(to, "!");
  opaque (&strncpy)(to, "abc", 8);
  EXPECT_MEMORY(to, 32, "write(0,12) read(0,12) write(11,2) write(0,8)");
  char* twin = strdup(text);
  EXPECT(strcmp(twin, text) == 0);
  free(twin);
}

void formatting_and_sorting() {
  char text[32];
  log_clear();
  EXPECT(opaque(&snprintf)(text, 4, "%d", 123456) == 6);
  EXPECT(opaque(&sprintf)(text, "%s", "abc") == 3);
  EXPECT_MEMORY(text, 32, "write(0,4) write(0,4)");
  int numbers[] = {3, 1, 2};
  log_clear();
  qsort(numbers, 3, sizeof(int),
        [](const void* a, const void* b) { return *static_cast<const int*>(a) - *static_cast<const int*>(b); });
  EXPECT(numbers[0] == 1 && numbers[2] == 3);
  EXPECT_MEMORY(numbers, sizeof numbers, "read(0,12) write(0,12)");
}

void a_pipe_orders_and_tells_its_buffers() {
  int ends[2];
  EXPECT(pipe(ends) == 0);
  char sent[8] = "ping", received[8] = {};
  log_clear();
  EXPECT(write(ends[1], sent, 5) == 5);
  EXPECT(read(ends[0], received, 8) == 5);
  EXPECT_MEMORY(sent, 8, "read(0,5)");
  EXPECT_MEMORY(received, 8, "write(0,5)");
  EXPECT_EVENTS(nullptr, "order-out order-in");
  close(ends[1]);
  EXPECT(read(ends[0], received, 8) == 0);  // the end of the stream: ordered after the close
  EXPECT_EVENTS(nullptr, "order-out order-in order-out order-in");
  close(ends[0]);
}

void vectors_of_buffers() {
  int ends[2];
  EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  char a[4] = "abc", b[4] = "def", whole[8] = {};
  const iovec parts[] = {{a, 3}, {b, 3}};
  log_clear();
  EXPECT(writev(ends[0], parts, 2) == 6);
  const iovec room[] = {{whole, 4}, {whole + 4, 4}};
  EXPECT(readv(ends[1], room, 2) == 6);
  EXPECT_MEMORY(whole, 8, "write(0,4) write(4,2)");
  EXPECT(strcmp(whole, "abcdef") == 0);
  EXPECT_EVENTS(nullptr, "order-out order-in");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace

int main() {
  blocks();
  a_realloc_ends_the_old_block_first();
  mappings();
  copies();
  strings();
  formatting_and_sorting();
  a_pipe_orders_and_tells_its_buffers();
  vectors_of_buffers();
  return 0;
}
