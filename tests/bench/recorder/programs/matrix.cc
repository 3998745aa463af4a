// Two threads multiply square matrices, each a half of the rows, in tiles.  matrix SIZE
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

std::size_t size;
std::vector<double> left, right, product;
constexpr std::size_t tile = 32;

void multiply(std::size_t first_row, std::size_t end_row) {
  for (std::size_t row0 = first_row; row0 < end_row; row0 += tile) {
    for (std::size_t inner0 = 0; inner0 < size; inner0 += tile) {
      for (std::size_t column0 = 0; column0 < size; column0 += tile) {
        for (std::size_t row = row0; row < std::min(row0 + tile, end_row); ++row) {
          for (std::size_t inner = inner0; inner < std::min(inner0 + tile, size); ++inner) {
            const double factor = left[row * size + inner];
            for (std::size_t column = column0; column < std::min(column0 + tile, size); ++column) {
              product[row * size + column] += factor * right[inner * size + column];
            }
          }
        }
      }
    }
  }
}

}  // namespace

int main(int, char** argv) {
  size = std::strtoull(argv[1], nullptr, 10);
  left.assign(size * size, 1.5);
  right.assign(size * size, 0.5);
  product.assign(size * size, 0);
  std::thread other([] { multiply(size / 2, size); });
  multiply(0, size / 2);
  other.join();
  std::printf("%.1f\n", product[size * size - 1]);
}
