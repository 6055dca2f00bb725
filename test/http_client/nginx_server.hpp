#pragma once

#include "support/testing.hpp"
#include "wire/reserved_port.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sundown::test {

/// A real nginx on a free port and a directory of its own, with what the test adds to its configuration.
class nginx_server {
 public:
  /// Why there is none to test with; "" if there is.
  static std::string missing() {
    return std::string_view(NGINX).ends_with("NOTFOUND") ? "no nginx (scripts/bootstrap --test)" : "";
  }

  /// `http` and `server` are lines of those sections; a directory's name is in them as DIR.
  void start(const std::string& http, const std::string& server) {
    const auto at = folder_.path().string();
    const auto file = at + "/nginx.conf";
    std::ofstream(file) << with_folder(
        "daemon off; master_process off; pid DIR/pid;\nerror_log stderr; events {}\n"
        "http {\n  client_body_temp_path DIR; proxy_temp_path DIR; fastcgi_temp_path "
        "DIR; uwsgi_temp_path DIR; scgi_temp_path DIR;\n" +
        http + "\n  server {\n    listen 127.0.0.1:" + std::to_string(port_) + "; root DIR;\n" + server + "\n  }\n}\n");
    command what;
    what.program = NGINX;
    what.arguments = {"-c", file, "-p", at};
    process_.emplace(what);
    if (!eventually(ample, [&] { return raw_client().connect({"127.0.0.1", port_}) == connecting::connected; }))
      throw std::runtime_error("nginx does not start: " + process_->err().text());
  }
  /// In order: SIGQUIT.
  void stop() {
    process_->signal(SIGQUIT);
    if (!process_->wait_exit()) throw std::runtime_error("nginx does not end");
  }

  const temp_dir& folder() const { return folder_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }

 private:
  std::string with_folder(std::string text) const {
    for (std::size_t at = 0; (at = text.find("DIR", at)) != text.npos;) text.replace(at, 3, folder_.path().string());
    return text;
  }

  const reserved_port reserved_;
  const std::uint16_t port_ = reserved_.number();
  temp_dir folder_;
  std::optional<child_process> process_;
};

}  // namespace sundown::test
