// Vector accesses with a mask, and the calls that the plug-in makes for them, which nobody makes without it unless said. left_calls_test.py
// compiles this file for x86-64-v4 and counts; behind a colon stands the last argument, the bytes of a lane.
#include <immintrin.h>

double table[100];
int known[4];
const double constants[4] = {1, 2, 3, 4};

extern "C" {

// with: write_bytes 1
void store(int* to, __m256i mask, __m256i value) { _mm256_maskstore_epi32(to, mask, value); }

// with: read_bytes 1
__m256d load(const double* from, __m256i mask) { return _mm256_maskload_pd(from, mask); }

// with: write_bytes 1
void store_bytes(char* to, __m128i mask, __m128i value) { _mm_maskmoveu_si128(value, mask, to); }

// with: write_bytes 1
void store_sixty_four(char* to, __mmask64 mask, __m512i value) { _mm512_mask_storeu_epi8(to, mask, value); }

// with: read_bytes 1
__m128 load_one(const float* from, __mmask8 mask, __m128 other) { return _mm_mask_load_ss(other, mask, from); }

// with: read_gathered:8 1
__m256d gather(__m128i indices) { return _mm256_i32gather_pd(table, indices, 8); }

// with: read_gathered:4 1
__m128 gather_two(const float* from, __m128i indices, __m128 mask) {
  return _mm_mask_i64gather_ps(mask, from, indices, mask, 4);
}

// with: read_gathered:8 1
__m512d gather_some(const double* from, __mmask8 mask, __m512i indices, __m512d others) {
  return _mm512_mask_i64gather_pd(others, mask, indices, from, 8);
}

// with: write_scattered:4 1
void scatter(int* to, __m512i indices, __m512i value) { _mm512_i32scatter_epi32(to, indices, value, 4); }

// with: write_scattered:8 1
void scatter_two(long long* to, __mmask8 mask, __m128i indices, __m128i value) {
  _mm_mask_i32scatter_epi64(to, mask, indices, value, 8);
}

// with: write_range 1
void compress(float* to, __mmask16 mask, __m512 value) { _mm512_mask_compressstoreu_ps(to, mask, value); }

// with: read_range 1
__m256i expand(const int* from, __mmask8 mask) { return _mm256_maskz_expandloadu_epi32(mask, from); }

// with: write_bytes 1
void narrow(short* to, __mmask8 mask, __m512i value) { _mm512_mask_cvtsepi64_storeu_epi16(to, mask, value); }

// with: read_bytes 1
__m256i whole(const __m256i* from) { return _mm256_lddqu_si256(from); }

// LLVM makes loads without masks of these, because the memory is there for sure.
// with: read_bytes 1
// without: read16 1
__m128i load_of_known(__m128i numbers) {
  return _mm_maskload_epi32(known, _mm_cmpgt_epi32(numbers, _mm_setzero_si128()));
}

// with: read_bytes 1
// without: read16 1
__m128i loads_of_known(int n) {
  __m128i sum = _mm_setzero_si128();
  for (int i = 0; i < n; ++i) {
    sum = _mm_add_epi32(sum, _mm_maskload_epi32(known, _mm_cmpgt_epi32(_mm_set1_epi32(i), sum)));
  }
  return sum;
}

// ---- nobody else's business ------------------------------------------------------------------------------------------

// with:
__m256d constant(__v4di mask) { return __builtin_ia32_maskloadpd256(reinterpret_cast<const __v4df*>(constants), mask); }

// with:
__m256d gather_constants(__m128i indices) { return _mm256_i32gather_pd(constants, indices, 8); }

}  // extern "C"
