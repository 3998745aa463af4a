// Orders are placed and goods come in. Who needs both locks takes both at once.
#include <tenter/tenter.h>

#include <cstdio>
#include <mutex>

namespace {

tenter::Mutex stock_mutex;
tenter::Mutex book_mutex;
int in_stock = 10;
int open_orders = 0;

void place_order() {
  const std::scoped_lock both(book_mutex, stock_mutex);
  ++open_orders;
  --in_stock;
}

void receive_goods() {
  const std::scoped_lock both(stock_mutex,
                              book_mutex);  // in any order: it never waits for one while it holds the other
  in_stock += 5;
  --open_orders;
}

}  // namespace

int main() {
  return tenter::run([] {
    tenter::WaitGroup shop;
    shop.go({.name = "customer"}, place_order);
    shop.go({.name = "supplier"}, receive_goods);
    shop.wait();
    std::printf("%d in stock, %d open orders\n", in_stock, open_orders);
  });
}
