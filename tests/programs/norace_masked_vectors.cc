// Lanes that a mask does not select are not accessed, whoever else uses them.
// expect: nothing
// compilers: clang++-19
// levels: all
// needs: avx2
// flags: -mavx2
#include <immintrin.h>

#include <thread>

#include "threads/invisible_barrier.h"

int stored[8], unmasked[8], tail[8];
char bytes[16];
double loaded[4];
int gathered[100];
double upper_indices[100];
volatile int some_lanes = 0b01101000;

__m256i lanes(int bits) {
  const __m256i each = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(bits), each), each);
}

int main() {
  barrier_init(&barrier, 2);
  double sum = 0;
  std::thread other([&sum] {
    const __m256i selected = lanes(some_lanes);
    _mm256_maskstore_epi32(stored, selected, _mm256_set1_epi32(7));
    _mm256_maskstore_epi32(tail, _mm256_set_epi32(0, 0, 0, 0, 0, -1, -1, -1), selected);
    _mm_maskmoveu_si128(_mm_set1_epi8(1), _mm256_castsi256_si128(selected), bytes);
    sum += _mm256_maskload_pd(loaded, _mm256_set_epi64x(-some_lanes, 0, 1, 0))[3];
    sum += static_cast<double>(_mm256_maskload_epi32(unmasked, selected)[1]);
    const __m256i indices = _mm256_set_epi32(80, 70, 60, 50, 40, 30, 20, 10);
    sum += static_cast<double>(_mm256_mask_i32gather_epi32(selected, gathered, indices, selected, 4)[1]);
    // Two doubles have two indices, in the lower half of four.
    sum += _mm_i32gather_pd(upper_indices, _mm_set_epi32(40, 30, 20, 10), 8)[0];
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  for (const int lane : {0, 1, 2, 4, 7}) {
    stored[lane] += 1;
    unmasked[lane] += 1;
    gathered[10 * (lane + 1)] += 1;
  }
  for (int lane = 3; lane < 8; ++lane) { tail[lane] += 1; }
  for (int byte = 0; byte < 12; ++byte) { bytes[byte] += 1; }
  for (int lane = 0; lane < 3; ++lane) { loaded[lane] += 1; }
  gathered[11] += 1;
  upper_indices[30] += 1;
  upper_indices[40] += 1;
  other.join();
  return sum == 0 ? 0 : 1;
}
