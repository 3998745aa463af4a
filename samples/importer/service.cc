#include "service.h"

#include <httplib.h>
#include <tenter/tenter.h>

#include <algorithm>
#include <cctype>
#include <csignal>

#include "json.h"

namespace importer {
namespace {

constexpr std::size_t form_overhead_bytes = 64 * 1024;
constexpr int imports_at_a_time = 2;
constexpr std::chrono::seconds patience(60);  // with clients that say nothing

void answer(httplib::Response& response, int status, const std::string& error) {
  response.status = status;
  response.set_content(error_json(error), "application/json");
}

constexpr const char* no_file = "the form has no file in a field named \"file\"";

// Where httplib has refused by itself.
const char* sentence_for(int status) {
  switch (status) {
    case 400: return "the request is no form that can be read";
    case 413: return "the file is too large";
    default: return "there is GET /health and POST /upload";
  }
}

// The name that a client gives is looked at and used for nothing else.
bool is_workbook_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.ends_with(".xlsx");
}

class Service {
 public:
  Service(Database& database, const Options& options) : database_(database), options_(options) {
    server_.set_payload_max_length(WorkbookLimits().file_bytes + form_overhead_bytes);
    server_.set_read_timeout(patience);
    server_.set_write_timeout(patience);
    server_.Get("/health", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(R"({"status": "ok"})", "application/json");
    });
    server_.Post("/upload",
                 [this](const httplib::Request& request, httplib::Response& response) { upload(request, response); });
    // Without a length there is no body (RFC 9112, 6.3); httplib would wait for one.
    server_.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      const bool waits = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
      if (!waits || request.has_header("Content-Length") || request.has_header("Transfer-Encoding")) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      const bool upload = request.method == "POST" && request.path == "/upload";
      upload ? answer(response, 400, no_file) : answer(response, 404, sentence_for(404));
      return httplib::Server::HandlerResponse::Handled;
    });
    server_.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty()) { answer(response, response.status, sentence_for(response.status)); }
    });
  }

  httplib::Server& server() { return server_; }

 private:
  void upload(const httplib::Request& request, httplib::Response& response) {
    const auto method = method_named(request.has_param("method") ? request.get_param_value("method") : "batch");
    if (!method) { return answer(response, 400, "the method is one of sequential, concurrent and batch"); }
    if (!request.has_file("file")) { return answer(response, 400, no_file); }
    const auto& file = request.get_file_value("file");
    if (!is_workbook_name(file.filename)) { return answer(response, 400, "only .xlsx files are imported"); }
    try {
      const auto rows = read_workbook(file.content);
      imports_.acquire();
      const auto statistics = [&] {
        const std::shared_ptr<void> permit(nullptr, [this](void*) { imports_.release(); });
        return import_rows(rows, database_, *method, options_);
      }();
      response.set_content(to_json(statistics), "application/json");
    } catch (const WorkbookError& error) { answer(response, 400, error.what()); } catch (const DatabaseError& error) {
      answer(response, 500, error.what());
    }
  }

  Database& database_;
  Options options_;
  tenter::Semaphore imports_{imports_at_a_time};  // each takes a connection for every worker
  httplib::Server server_;
};

}  // namespace

bool serve(int port, Database& database, const Options& options, const std::function<void(int port)>& listening) {
  const auto stop = tenter::signals({SIGINT, SIGTERM});
  Service service(database, options);
  httplib::Server& server = service.server();
  const int bound =
      port == 0 ? server.bind_to_any_port("127.0.0.1") : (server.bind_to_port("127.0.0.1", port) ? port : -1);
  if (bound <= 0) { return false; }
  const auto ended = tenter::make_chan<bool>(1);
  tenter::go({.name = "listener"},
             [&server, ended] { ended.send(tenter::blocking([&server] { return server.listen_after_bind(); })); });
  while (!server.is_running() && ended.len() == 0) { tenter::yield(); }
  if (server.is_running()) { listening(bound); }
  bool well = true, over = false;
  tenter::select(tenter::on_recv(stop), tenter::on_recv(ended, [&](bool result) { well = result, over = true; }));
  if (!over) {
    server.stop();
    well = ended.recv().value();
  }
  return well;
}

}  // namespace importer
