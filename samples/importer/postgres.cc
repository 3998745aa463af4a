// A task that waits for the server's answer gives its thread away: the socket is waited for with wait_readable.
#include <libpq-fe.h>
#include <tenter/tenter.h>

#include <map>

#include "database.h"

namespace importer {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

class PostgresConnection final : public Connection {
 public:
  // Connecting looks up names and shakes hands, all of it blocking: on a thread of its own.
  explicit PostgresConnection(const std::string& words)
      : handle_(tenter::blocking([&] { return PQconnectdb(words.c_str()); })) {
    if (PQstatus(handle_.get()) != CONNECTION_OK) { fail("cannot connect"); }
    PQsetnonblocking(handle_.get(), 1);
    PQsetNoticeProcessor(handle_.get(), [](void*, const char*) {}, nullptr);  // "already exists, skipping"
  }

  void insert(std::span<const Business> businesses) override {
    const std::string& statement = prepared(businesses.size());
    std::vector<const char*> values;
    values.reserve(businesses.size() * column_count);
    for (const Business& business : businesses) {
      for (const std::string& text : business.columns) { values.push_back(text.c_str()); }
    }
    if (PQsendQueryPrepared(handle_.get(), statement.c_str(), static_cast<int>(values.size()), values.data(), nullptr,
                            nullptr, 0) == 0) {
      fail("cannot insert");
    }
    finish("not inserted");
  }

  Result execute(const std::string& statement) {
    if (PQsendQuery(handle_.get(), statement.c_str()) == 0) { fail("cannot send"); }
    return finish(statement);
  }

 private:
  // One statement inserts all of its rows or none. Each number of rows has a statement of its own, prepared once.
  const std::string& prepared(std::size_t rows) {
    auto& name = statements_[rows];
    if (name.empty()) {
      const std::string text = insert_statement(rows, [](std::size_t number) { return "$" + std::to_string(number); });
      const std::string chosen = "insert" + std::to_string(rows);
      if (PQsendPrepare(handle_.get(), chosen.c_str(), text.c_str(), 0, nullptr) == 0) { fail("cannot prepare"); }
      finish("cannot prepare");
      name = chosen;
    }
    return name;
  }

  // Waits for the statement that was sent, and takes everything that the server says about it.
  Result finish(const std::string& what) {
    PGconn* const connection = handle_.get();
    for (int unsent = 1; unsent != 0;) {
      unsent = PQflush(connection);
      if (unsent < 0) { fail(what); }
      if (unsent > 0) { tenter::wait_writable(PQsocket(connection)); }
    }
    Result last;
    for (;;) {
      while (PQisBusy(connection) != 0) {
        tenter::wait_readable(PQsocket(connection));
        if (PQconsumeInput(connection) == 0) { fail(what); }
      }
      Result result(PQgetResult(connection));
      if (!result) { break; }
      last = std::move(result);
    }
    const auto status = PQresultStatus(last.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) { fail(what); }
    return last;
  }

  // The first line says what, the others where in the statement.
  [[noreturn]] void fail(const std::string& what) {
    const std::string said = PQerrorMessage(handle_.get());
    throw DatabaseError(what + ": " + said.substr(0, said.find('\n')));
  }

  std::unique_ptr<PGconn, Finish> handle_;
  std::map<std::size_t, std::string> statements_;
};

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(std::string words) : words_(std::move(words)) {
    PostgresConnection(words_).execute(create_table_statement());
  }
  std::unique_ptr<Connection> connect() override { return std::make_unique<PostgresConnection>(words_); }
  std::size_t count() override {
    const Result rows = PostgresConnection(words_).execute("SELECT count(*) FROM businesses");
    return std::stoul(PQgetvalue(rows.get(), 0, 0));
  }

 private:
  const std::string words_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& words) { return std::make_unique<PostgresDatabase>(words); }

}  // namespace importer
