// Small functions, with the calls that the compiler makes in each. "with:" our plug-in and "without:" it; where there is one
// line for both, every call must stay, because what stands between the accesses could end the epoch, or because the address may
// be another one. left_calls_test.py compiles this file both ways and counts.
#include <atomic>
#include <cstddef>

extern "C" {

std::atomic<int> published;
void outside();
void may_throw(int*);
int computed(int) noexcept __attribute__((const));

// ---- repetitions -------------------------------------------------------------------------------------------------

// with: read4 1, write4 1
// without: read4 2, write4 1
int read_again_after_a_write_elsewhere(int* a, int* b) {
  const int before = *a;
  *b = 3;
  return before + *a;
}

// with: write4 2
// without: read4 1, write4 2
int a_write_covers_a_read(int* a, int* b) {
  *a = 1;
  *b = 2;
  return *a;
}

// with: read4 1, write4 2
// without: read4 1, write4 2
void a_read_covers_no_write(int* a, int* b) {
  const int before = *a;
  *b = before + 1;
  *a = before + 2;
}

// with: write4 1, write8 1
// without: read4 1, write4 1, write8 1
int a_part_of_what_was_written(long* a, int* b) {
  *a = 1;
  *b = 2;
  return reinterpret_cast<int __attribute__((may_alias))*>(a)[1];
}

// with: read8 1, write4 2, write8 1
// without: read8 1, write4 2, write8 1
long more_than_what_was_written(long* a, int* b) {
  reinterpret_cast<int __attribute__((may_alias))*>(a)[1] = 1;
  *b = 2;
  a[1] = 2;
  return *a;
}

// with: read4 2, write4 1
// without: read4 2, write4 1
int a_call_stands_between(int* a, int* b) {
  const int before = *a;
  *b = 3;
  outside();
  return before + *a;
}

// with: read4 2, write4 1, atomic32_store 1
// without: read4 2, write4 1, atomic32_store 1
int an_atomic_stands_between(int* a, int* b) {
  const int before = *a;
  *b = 3;
  published.store(1, std::memory_order_relaxed);
  return before + *a;
}

// with: read4 2, write4 1
// without: read4 2, write4 1
int assembler_stands_between(int* a, int* b) {
  const int before = *a;
  *b = 3;
  asm volatile("" ::: "memory");
  return before + *a;
}

// with: read4 2, write4 1
// without: read4 2, write4 1
int a_call_on_one_of_two_paths(int* a, int* b, bool which) {
  const int before = *a;
  *b = 3;
  if (which) { outside(); }
  return before + *a;
}

// with: read4 1, write4 1
// without: read4 2, write4 1
int on_both_paths(int* a, int* b, bool which) {
  const int before = *a;
  if (which) {
    b[1] = 3;
  } else {
    b[2] = 4;
  }
  return before + *a;
}

// with: read4 2, write4 1
// without: read4 2, write4 1
int on_one_path_only(int* a, int* b, bool which) {
  int sum = 0;
  if (which) {
    sum = *a;
    *b = 3;
  }
  return sum + *a;
}

// The address has the same name in each round of the loop, and is another one.
// with: read4 1, read8 2, write4 1
// without: read4 2, read8 2, write4 1
int a_list(int* const* list, int* b) {
  int sum = 0;
  for (int* at = list[0]; at != nullptr; at = *reinterpret_cast<int**>(at + 2)) {
    sum += *at;
    *b = sum;
    sum += *at;
  }
  return sum;
}

// ---- loops -----------------------------------------------------------------------------------------------------------

// with: read_range 1
// without: read4 1
int sum_of_a_row(const int* row, std::size_t n) {
  int sum = 0;
  for (std::size_t i = 0; i < n; ++i) { sum += row[i] * computed(static_cast<int>(i)); }
  return sum;
}

// with: read_range 1, write_range 1
// without: read4 1, write4 1
void one_more(int* row, int n) {
  for (int i = n - 1; i >= 0; --i) { row[i] = row[i] * 3 + 1; }
}

// with: read_range 2, write_range 1
// without: read4 2, write4 1
void rows_that_touch(int* to, const int* from, const int* factor, int rows) {
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < 64; ++column) { to[row * 64 + column] = from[row * 64 + column] * *factor; }
  }
}

// Every second one: what lies between is not read.
// with: read4 1
// without: read4 1
int with_gaps(const int* row, int n) {
  int sum = 0;
  for (int i = 0; i < n; i += 2) { sum = sum * 5 + row[i]; }
  return sum;
}

// with: read4 1
// without: read4 1
int a_call_in_the_loop(const int* row, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    sum += row[i];
    outside();
  }
  return sum;
}

// with: read4 1, atomic32_load 1
// without: read4 1, atomic32_load 1
int an_atomic_in_the_loop(const int* row, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) { sum += row[i] * published.load(std::memory_order_relaxed); }
  return sum;
}

// with: read4 1
// without: read4 1
int until_found(const int* row, int wanted) {
  int at = 0;
  while (row[at] != wanted) { ++at; }
  return at;
}

// The loop ends early, so how much is read is not known before.
// with: read4 2
// without: read4 2
bool contains(const int* row, int n, int wanted) {
  for (int i = 0; i < n; ++i) {
    if (row[i] == wanted) { return true; }
  }
  return false;
}

// Not each round reads.
// with: read_range 1, read4 1
// without: read4 2
int sum_of_some(const int* row, const int* wanted, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    if (wanted[i] != 0) { sum = sum * 5 + row[i]; }
  }
  return sum;
}

// All rounds read, or none.
// with: read_range 2
// without: read4 2
int sum_of_all_or_none(const int* row, const int* other, int n, bool both) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    sum = sum * 5 + row[i];
    if (both) { sum = sum * 3 + other[i]; }
  }
  return sum;
}

// Volatile accesses are what the program says they are.
// with: read4 1
// without: read4 1
int a_volatile_row(const volatile int* row, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) { sum += row[i]; }
  return sum;
}

// ---- parts of local variables ------------------------------------------------------------------------------------

struct Pair {
  int a, b;
};
void given(Pair*);

// Others have a pointer to all of it.
// with: read4 1, write4 1
// without:
int a_part_of_what_others_know() {
  Pair pair;
  given(&pair);
  pair.b = 3;
  outside();
  return pair.b;
}

// with: unaligned_read8 1, unaligned_write8 1
// without:
long an_unaligned_part_of_what_others_know() {
  struct __attribute__((packed)) {
    int a;
    long b;
  } pair;
  given(reinterpret_cast<Pair*>(&pair));
  pair.b = 3;
  outside();
  return pair.b;
}

// with:
// without:
int a_part_of_what_nobody_knows(int n) {
  int row[4];
  for (int i = 0; i < 4; ++i) { row[i] = computed(i); }
  return row[n & 3];
}

}  // extern "C"
