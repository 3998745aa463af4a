// Two threads relax a grid by the average of four neighbours, a half each, with a barrier after each step.
//   stencil STEPS
#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t side = 512;
std::vector<float> grids[2];
pthread_barrier_t barrier;

void relax(std::size_t first_row, std::size_t end_row, std::size_t steps) {
  const float* from = grids[0].data();
  float* to = grids[1].data();
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t row = first_row; row < end_row; ++row) {
      for (std::size_t column = 1; column + 1 < side; ++column) {
        const std::size_t at = row * side + column;
        to[at] = 0.25f * (from[at - 1] + from[at + 1] + from[at - side] + from[at + side]);
      }
    }
    pthread_barrier_wait(&barrier);
    from = grids[(step + 1) % 2].data();
    to = grids[step % 2].data();
  }
}

}  // namespace

int main(int, char** argv) {
  const std::size_t steps = std::strtoull(argv[1], nullptr, 10);
  for (auto& grid : grids) {
    grid.assign(side * side, 0);
    for (std::size_t i = 0; i < side; ++i) { grid[i] = 100; }
  }
  pthread_barrier_init(&barrier, nullptr, 2);
  std::thread other(relax, side / 2, side - 1, steps);
  relax(1, side / 2, steps);
  other.join();
  pthread_barrier_destroy(&barrier);
  std::printf("%.4f\n", static_cast<double>(grids[steps % 2][side * 8 + side / 2]));
}
