// Takes the place of postgres.cc where libpq is not installed.
#include "database.h"

namespace importer {

std::unique_ptr<Database> open_postgres(const std::string& /*words*/) {
  throw DatabaseError("this importer was built without PostgreSQL; install libpq-dev and build it again");
}

}  // namespace importer
