// The importer's command line; README.md tells what it does.
#include <getopt.h>
#include <tenter/tenter.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "import.h"
#include "json.h"
#include "service.h"

namespace {

using importer::Options;

enum Exit { well = 0, some_rows_failed = 1, wrong_usage = 2, unusable = 3 };

constexpr const char* usage =
    "importer [OPTIONS] FILE.xlsx      imports a workbook and prints statistics as JSON\n"
    "importer [OPTIONS] --serve PORT   waits for workbooks on http://127.0.0.1:PORT (0: any port)\n"
    "\n"
    "  --method METHOD      sequential, concurrent or batch (the default)\n"
    "  --database DATABASE  sqlite:PATH (the default is sqlite:directory.db), or postgres:host=DIRECTORY dbname=NAME ...\n"
    "  --workers N          how many tasks write at a time, 1 to 64 (8)\n";

int complain(Exit code, const std::string& sentence) {
  std::cerr << "importer: " << sentence << '\n';
  return code;
}

// Redrawn when another hundredth is done, and only where somebody looks.
class ProgressBar {
 public:
  void operator()(std::size_t done, std::size_t total) {
    const std::size_t percent = total == 0 ? 100 : std::min<std::size_t>(100, done * 100 / total);
    if (percent == shown_) { return; }
    shown_ = percent;
    const std::size_t filled = percent * width / 100;
    std::cerr << "\r[" << std::string(filled, '#') << std::string(width - filled, ' ') << "] " << percent << " %"
              << (percent == 100 ? "\n" : "") << std::flush;
  }

 private:
  static constexpr std::size_t width = 40;
  std::size_t shown_ = 101;
};

int import_file(const std::string& path, importer::Database& database, importer::Method method, Options options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) { return complain(unusable, "cannot open " + path); }
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto rows = importer::read_workbook(bytes);
  if (isatty(STDERR_FILENO) == 1) { options.progress = ProgressBar(); }
  const auto statistics = importer::import_rows(rows, database, method, options);
  std::cout << importer::to_json(statistics) << '\n';
  return statistics.error_count == 0 ? well : some_rows_failed;
}

int run(int argc, char** argv) {
  Options options;
  std::string method_name = "batch", url = "sqlite:directory.db", serve_at;
  const option known[] = {{"method", required_argument, nullptr, 'm'},  {"database", required_argument, nullptr, 'd'},
                          {"workers", required_argument, nullptr, 'w'}, {"serve", required_argument, nullptr, 's'},
                          {"help", no_argument, nullptr, 'h'},          {nullptr, 0, nullptr, 0}};
  for (int c = 0; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    switch (c) {
      case 'm': method_name = optarg; break;
      case 'd': url = optarg; break;
      case 'w': options.workers = std::atoi(optarg); break;
      case 's': serve_at = optarg; break;
      case 'h': std::cout << usage; return well;
      default: std::cerr << usage; return wrong_usage;
    }
  }
  const auto method = importer::method_named(method_name);
  if (!method) {
    return complain(wrong_usage, "\"" + method_name + "\" is no method; there are sequential, concurrent and batch");
  }
  if (options.workers < 1 || options.workers > 64) {
    return complain(wrong_usage, "--workers takes a number from 1 to 64");
  }
  if (argc - optind != (serve_at.empty() ? 1 : 0)) {
    std::cerr << usage;
    return wrong_usage;
  }
  char* end = nullptr;
  const long port = std::strtol(serve_at.c_str(), &end, 10);
  if (*end != '\0' || port < 0 || port > 65535) { return complain(wrong_usage, "--serve takes a port, 0 to 65535"); }
  try {
    const auto database = importer::open_database(url);
    if (serve_at.empty()) { return import_file(argv[optind], *database, *method, options); }
    const bool served = importer::serve(static_cast<int>(port), *database, options, [](int bound) {
      std::cout << "listening on http://127.0.0.1:" << bound << std::endl;
    });
    return served ? well : complain(unusable, "port " + serve_at + " cannot be had");
  } catch (const importer::WorkbookError& error) {
    return complain(unusable, std::string(argv[optind]) + ": " + error.what());
  } catch (const importer::DatabaseError& error) { return complain(unusable, error.what()); }
}

}  // namespace

int main(int argc, char** argv) {
  return tenter::run([&] { return run(argc, argv); });
}
