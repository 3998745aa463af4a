// SQLite lets one writer in at a time, so all connections share one and take turns.
#include <sqlite3.h>
#include <tenter/tenter.h>

#include <mutex>

#include "database.h"

namespace importer {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::string& path) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &opened,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(opened);
    if (result != SQLITE_OK) { fail("cannot open " + path); }
    sqlite3_busy_timeout(opened, 10'000);  // another process may use the file
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    execute(create_table_statement().c_str());
    insert_ = prepare(insert_statement(1, [](std::size_t) { return std::string("?"); }));
  }

  std::unique_ptr<Connection> connect() override;

  std::size_t count() override {
    const std::lock_guard guard(mutex_);
    const auto statement = prepare("SELECT count(*) FROM businesses");
    if (sqlite3_step(statement.get()) != SQLITE_ROW) { fail("cannot count"); }
    return static_cast<std::size_t>(sqlite3_column_int64(statement.get(), 0));
  }

  void insert(std::span<const Business> businesses) {
    const std::lock_guard guard(mutex_);
    execute("BEGIN");
    try {
      for (const Business& business : businesses) { insert(business); }
      execute("COMMIT");
    } catch (...) {
      sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  void insert(const Business& business) {
    int place = 0;
    for (const std::string& text : business.columns) {
      // Not copied: the text lives until the statement was reset.
      sqlite3_bind_text(insert_.get(), ++place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
    const int result = sqlite3_step(insert_.get());
    sqlite3_reset(insert_.get());
    if (result != SQLITE_DONE) { fail("not inserted"); }
  }
  Statement prepare(const std::string& text) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), text.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      fail("cannot prepare");
    }
    return Statement(statement);
  }
  void execute(const char* text) {
    if (sqlite3_exec(handle_.get(), text, nullptr, nullptr, nullptr) != SQLITE_OK) { fail(text); }
  }
  [[noreturn]] void fail(const std::string& what) {
    throw DatabaseError(what + ": " + (handle_ ? sqlite3_errmsg(handle_.get()) : "no memory"));
  }

  tenter::Mutex mutex_;  // guards all below, once the constructor is through
  std::unique_ptr<sqlite3, Close> handle_;
  Statement insert_;
};

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(SqliteDatabase& database) : database_(database) {}
  void insert(std::span<const Business> businesses) override { database_.insert(businesses); }

 private:
  SqliteDatabase& database_;
};

std::unique_ptr<Connection> SqliteDatabase::connect() { return std::make_unique<SqliteConnection>(*this); }

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& path) { return std::make_unique<SqliteDatabase>(path); }

}  // namespace importer
