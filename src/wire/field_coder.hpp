#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::testing {

using field_list = std::vector<std::pair<std::string, std::string>>;

/// The compression of fields, HPACK (RFC 7541), of one end of a connection; by nghttp2. Throws where it fails.
class field_coder {
 public:
  field_coder();

  /// A header block.
  std::string encode(const field_list& fields);
  field_list decode(std::string_view block);
  /// SETTINGS_HEADER_TABLE_SIZE of the other end.
  void limit_table(std::size_t bytes) { nghttp2_hd_deflate_change_table_size(deflater_.get(), bytes); }

 private:
  struct deleter {
    void operator()(nghttp2_hd_inflater* made) const { nghttp2_hd_inflate_del(made); }
    void operator()(nghttp2_hd_deflater* made) const { nghttp2_hd_deflate_del(made); }
  };

  std::unique_ptr<nghttp2_hd_inflater, deleter> inflater_;
  std::unique_ptr<nghttp2_hd_deflater, deleter> deflater_;
};

}  // namespace sundown::testing
