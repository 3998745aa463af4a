// Orders are placed and goods come in; both change the stock and the order book.
#include <tenter/tenter.h>

#include <cstdio>
#include <mutex>

namespace {

tenter::Mutex stock_mutex;
tenter::Mutex book_mutex;
int in_stock = 10;
int open_orders = 0;

void place_order() {
  const std::lock_guard book(book_mutex);
  ++open_orders;
  const std::lock_guard stock(stock_mutex);
  --in_stock;
}

void receive_goods() {
  const std::lock_guard stock(stock_mutex);
  in_stock += 5;
  const std::lock_guard book(book_mutex);  // the other way round
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
