#pragma once

#include "support/testing.hpp"
#include "tls/context.hpp"
#include "wire/certificates.hpp"

#include <memory>
#include <stdexcept>
#include <string>

namespace sundown::test {

/// What a listener that has this certificate says to its clients.
inline std::shared_ptr<const tls::context> context_of(const certificate& own, const tls_config& given = {},
                                                      const std::string& authorities = {},
                                                      const tls::protocols& offered = {"http/1.1"}) {
  tls::pem_files files;
  files.certificate = own.pem();
  files.key = own.key_pem();
  files.client_ca = authorities;
  auto made = tls::context::make(given, files, "http.tls", offered);
  if (!made) throw std::runtime_error(made.error().detail);
  return *made;
}

}  // namespace sundown::test
