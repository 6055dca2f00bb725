#pragma once

#include "process/outcome.hpp"
#include "process/scenario.hpp"
#include "support/pair_on_disk.hpp"
#include "support/testing.hpp"
#include "wire/tls_client.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

/// What the tests of TLS in this folder share.
namespace sundown::test {

/// What a program writes to stdout and stderr, and its exit code behind it.
inline std::string output(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen((command + " 2>&1; echo \"exit $?\"").c_str(), "re"), &::pclose);
  std::string text;
  std::array<char, 4096> piece{};
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe.get())) > 0;)
    text.append(piece.data(), n);
  return text;
}

/// curl with the server's certificate checked: what it prints, and its exit code behind it.
inline std::string curl(const pair_on_disk& pair, const std::string& arguments) {
  return output("curl -sS --no-progress-meter --max-time 20 --cacert " + pair.crt() + " " + arguments);
}

inline tls_client connected_by_tls(const endpoint& where, const tls_client_options& how = {}) {
  tls_client client(how);
  if (client.connect(where) != connecting::connected || !client.handshake()) throw std::runtime_error("no handshake");
  return client;
}

inline reply ask_by_tls(const endpoint& where, std::string_view request) {
  auto client = connected_by_tls(where);
  client.send(request);
  return client.read_response();
}

inline std::string url(const endpoint& where, const std::string& path) {
  return "https://localhost:" + std::to_string(where.port) + path;
}

}  // namespace sundown::test
