// Vector accesses with a mask, of which another thread uses a selected lane.
// each: data-race object=stored,bytes,loaded,unmasked,gathered,places,whole
// compilers: clang++-19
// levels: all
// needs: avx2
// flags: -mavx2
#include <immintrin.h>

#include <thread>

#include "threads/invisible_barrier.h"

int stored[8], unmasked[8];
char bytes[16];
double loaded[4];
int gathered[100];
double places[100];
long whole[4];
volatile int last_lane = 0b1000;

// Lanes as the bits of `bits` say, which the compiler does not know.
__m256i lanes(int bits) {
  const __m256i each = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(bits), each), each);
}

template <class T>
void use(T& lane) {
  lane += 1;  // <- here
}

int main() {
  barrier_init(&barrier, 2);
  double sum = 0;
  std::thread other([&sum] {
    const __m256i fourth = lanes(last_lane);
    _mm256_maskstore_epi32(stored, fourth, _mm256_set1_epi32(7));                                         // <- and here
    _mm_maskmoveu_si128(_mm_set1_epi8(1), _mm256_castsi256_si128(fourth), bytes);                         // <- and here
    sum += _mm256_maskload_pd(loaded, _mm256_set_epi64x(-last_lane, 0, 0, 0))[3];                         // <- and here
    sum += static_cast<double>(_mm256_maskload_epi32(unmasked, fourth)[1]);                               // <- and here
    const __m256i indices = _mm256_set_epi32(80, 70, 60, 50, 40, 30, 20, 10);
    sum += static_cast<double>(_mm256_mask_i32gather_epi32(fourth, gathered, indices, fourth, 4)[1]);     // <- and here
    sum += _mm256_i64gather_pd(places, _mm256_set_epi64x(40, 30, 20, 10), 8)[0];                          // <- and here
    sum += static_cast<double>(_mm256_lddqu_si256(reinterpret_cast<const __m256i*>(whole))[0]);           // <- and here
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  use(stored[3]);
  use(bytes[12]);
  use(loaded[3]);
  use(unmasked[3]);
  use(gathered[40]);
  use(places[20]);
  use(whole[3]);
  other.join();
  return sum == 0 ? 0 : 1;
}
