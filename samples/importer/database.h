// Where businesses go. Two databases are known: SQLite in a file, and a PostgreSQL server.
//
//   const auto database = open_database("sqlite:directory.db");
//   const auto connection = database->connect();
//   connection->insert(businesses);                 // all of them or, with a DatabaseError, none
//
// A Database may be used by many tasks at a time, a Connection by one.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "workbook.h"

namespace importer {

inline constexpr std::array column_names = {"name", "category", "phone",   "email",      "address",
                                            "city", "country",  "website", "description"};
inline constexpr std::size_t column_count = column_names.size();

struct Business {
  std::size_t row = 0;  // in the workbook
  std::array<std::string, column_count> columns;
};

// The row must have at least column_count cells.
Business to_business(const Row& row);

class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;
  virtual void insert(std::span<const Business> businesses) = 0;
};

class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;
  virtual std::unique_ptr<Connection> connect() = 0;
  virtual std::size_t count() = 0;
};

// "sqlite:PATH", or "postgres:WORDS" with what libpq takes, such as host=DIRECTORY dbname=NAME; no words: PGHOST and the like.
// The table is made where it is missing. Throws DatabaseError.
std::unique_ptr<Database> open_database(const std::string& url);

std::unique_ptr<Database> open_sqlite(const std::string& path);
std::unique_ptr<Database> open_postgres(const std::string& words);

// What both databases understand.
std::string create_table_statement();
// INSERT of so many rows, with the placeholders that `placeholder` writes for the 1st, 2nd, ... value.
std::string insert_statement(std::size_t rows, std::string (*placeholder)(std::size_t number));

}  // namespace importer
