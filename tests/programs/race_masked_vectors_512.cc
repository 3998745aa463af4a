// What AVX-512 brings besides masks at each load and store: lanes packed side by side, scattered and narrowed ones.
// each: data-race object=compressed,expanded,scattered,gathered,narrowed,stored,halves
// compilers: clang++-19
// levels: all
// needs: avx512f avx512vl avx512bw avx512_vbmi2
// flags: -mavx512f -mavx512vl -mavx512bw -mavx512vbmi2
#include <immintrin.h>

#include <thread>

#include "threads/invisible_barrier.h"

int compressed[16], scattered[200];
short expanded[32];
double gathered[100];
char narrowed[16], stored[64];
float halves[100];
volatile unsigned selected = 0b10110;

template <class T>
void use(T& lane) {
  lane += 1;  // <- here
}

int main() {
  barrier_init(&barrier, 2);
  int sum = 0;
  std::thread other([&sum] {
    const auto mask = static_cast<__mmask16>(selected);
    const __m512i numbers = _mm512_set_epi32(150, 140, 130, 120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0);
    _mm512_mask_compressstoreu_epi32(compressed, mask, numbers);                                           // <- and here
    sum += _mm512_reduce_add_epi32(_mm512_maskz_expandloadu_epi16(mask, expanded));                        // <- and here
    _mm512_mask_i32scatter_epi32(scattered, mask, numbers, _mm512_set1_epi32(1), 4);                       // <- and here
    const __m512i far = _mm512_set_epi64(70, 60, 50, 40, 30, 20, 10, 0);
    sum += static_cast<int>(
        _mm512_mask_i64gather_pd(_mm512_setzero_pd(), static_cast<__mmask8>(mask), far, gathered, 8)[4]);  // <- and here
    _mm512_mask_cvtepi32_storeu_epi8(narrowed, mask, numbers);                                             // <- and here
    _mm512_mask_storeu_epi8(stored, __mmask64{selected} << 59, numbers);                                   // <- and here
    const __m128i two = _mm_set_epi64x(20, 10);
    _mm_mask_i64scatter_ps(halves, static_cast<__mmask8>(mask), two, _mm_set1_ps(1), 4);                   // <- and here
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  use(compressed[2]);
  use(expanded[2]);
  use(scattered[40]);
  use(gathered[40]);
  use(narrowed[4]);
  use(stored[63]);
  use(halves[20]);
  other.join();
  return sum;
}
