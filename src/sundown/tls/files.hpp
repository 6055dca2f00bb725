#pragma once

#include <sundown/config.hpp>
#include <sundown/error.hpp>

#include <array>
#include <string>

namespace sundown::tls {

/// What the files of a tls_config hold. The key's bytes are wiped at the end.
struct pem_files {
  pem_files() = default;
  pem_files(pem_files&&) noexcept = default;
  pem_files& operator=(pem_files&&) noexcept = default;
  ~pem_files();

  std::string certificate;
  std::string key;
  std::string client_ca;  ///< "" where none is configured
};

/// Reads them. The error is a whole sentence that begins with the key of the configuration: "http.tls.key: ...".
///
/// Reads regular files of at most 1 MiB and opens no pipe; a file system that doesn't answer blocks it.
result<pem_files> read_files(const tls_config& given, const std::string& section);

/// SHA-256 of all that a context is made of, to see whether anything has changed.
using digest = std::array<unsigned char, 32>;
digest digest_of(const tls_config& given, const pem_files& files);

}  // namespace sundown::tls
