#include "wire/field_coder.hpp"

#include <cstdint>
#include <stdexcept>

namespace sundown::testing {
namespace {

std::uint8_t* bytes_of(const std::string& text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

std::string text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

field_coder::field_coder() {
  nghttp2_hd_inflater* inflater = nullptr;
  nghttp2_hd_deflater* deflater = nullptr;
  nghttp2_hd_inflate_new(&inflater);
  nghttp2_hd_deflate_new(&deflater, 4096);
  inflater_.reset(inflater);
  deflater_.reset(deflater);
}

std::string field_coder::encode(const field_list& fields) {
  std::vector<nghttp2_nv> list;
  for (const auto& [name, value] : fields)
    list.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  std::string text(nghttp2_hd_deflate_bound(deflater_.get(), list.data(), list.size()), '\0');
  const auto size = nghttp2_hd_deflate_hd(deflater_.get(), bytes_of(text), text.size(), list.data(), list.size());
  if (size < 0) throw std::runtime_error("deflate");
  text.resize(static_cast<std::size_t>(size));
  return text;
}

field_list field_coder::decode(std::string_view block) {
  field_list fields;
  for (int flags = 0; (flags & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
    nghttp2_nv field{};
    flags = 0;
    const auto taken = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                              reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
    if (taken < 0) throw std::runtime_error("inflate");
    block.remove_prefix(static_cast<std::size_t>(taken));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
      fields.emplace_back(text_of(field.name, field.namelen), text_of(field.value, field.valuelen));
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  return fields;
}

}  // namespace sundown::testing
