#pragma once

#include "app/service.hpp"

#include <sundown/testing/googletest.hpp>
#include <sundown/testing/in_process.hpp>
#include <sundown/testing/temp_dir.hpp>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>

namespace sundown::app {

/// The sample in this process, its notes in a directory of its own.
class sample : public ::testing::Test {
 protected:
  using settings_map = std::map<std::string, std::string>;

  /// Starts it anew, on the same notes.
  testing::in_process& start(settings_map settings = {}) {
    running_.reset();
    settings.emplace("storage.sqlite.path", database());
    return running_.emplace(program("sundown", SUNDOWN_VERSION), own_keys(), build,
                            testing::in_process_options{.settings = settings});
  }
  testing::in_process& app() { return running_ ? *running_ : start(); }
  std::string database() const { return (directory_ / "notes.db").string(); }

  /// A request on a connection of its own. A body is JSON, if the fields don't say something else.
  testing::reply send(const std::string& method, const std::string& target, const std::string& fields = {},
                      const std::string& body = {}) {
    const bool is_json = !body.empty() && fields.find("Content-Type") == fields.npos;
    return send_plain(method, target, fields + (is_json ? "Content-Type: application/json\r\n" : ""), body);
  }
  /// With these fields, Host and Content-Length alone.
  testing::reply send_plain(const std::string& method, const std::string& target, const std::string& fields,
                            const std::string& body) {
    return send_to(app().http(), method, target, fields, body);
  }
  testing::reply send_admin(const std::string& method, const std::string& target, const std::string& fields = {}) {
    return send_to(app().admin(), method, target, fields, {});
  }

 private:
  static testing::reply send_to(const testing::endpoint& where, const std::string& method, const std::string& target,
                                const std::string& fields, const std::string& body) {
    std::string request = method + ' ' + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + fields;
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    testing::raw_client client;
    if (client.connect(where) != testing::connecting::connected) throw std::runtime_error("connect");
    client.send(request + "\r\n" + body);
    return client.read_response(testing::ample, method == "HEAD");
  }

  testing::temp_dir directory_{testing::data_directory()};
  std::optional<testing::in_process> running_;
};

}  // namespace sundown::app
