#pragma once

#include "support/testing.hpp"
#include "wire/certificates.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace sundown::test {

/// Where a certificate and its key are.
struct pem_files {
  std::string certificate, key;
};

/// An authority of the test's own, with what it issues in files.
class private_authority {
 public:
  private_authority() { write_file(ca(), authority_.pem()); }

  std::string ca() const { return (folder_ / "ca.pem").string(); }
  std::string pem() const { return authority_.pem(); }
  pem_files issue(const certificate_content& content = {}) {
    const certificate own(content, &authority_);
    const auto name = std::to_string(++issued_);
    pem_files files{(folder_ / (name + ".pem")).string(), (folder_ / (name + ".key")).string()};
    write_file(files.certificate, own.pem());
    write_file(files.key, own.key_pem());
    return files;
  }

 private:
  static certificate_content of_an_authority() {
    certificate_content own("Private authority");
    own.authority = true;
    own.names.clear();
    return own;
  }

  temp_dir folder_;
  const certificate authority_{of_an_authority()};
  std::size_t issued_ = 0;
};

}  // namespace sundown::test
