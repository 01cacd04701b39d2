internal import Glibc

/// The file's text, or `nil` when it cannot be read; no more than 16 MiB of it.
func readText(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count < 16 << 20 {
        let piece = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        if piece.isEmpty { break }
        bytes += piece
    }
    return String(decoding: bytes, as: UTF8.self)
}
