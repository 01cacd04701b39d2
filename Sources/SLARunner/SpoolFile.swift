internal import Glibc

/// A file without a name that holds output too big for memory and goes away with this value.
final class SpoolFile {
    private let descriptor: Int32
    private(set) var count = 0

    /// Opens a file in a folder; nil when that cannot be, as on a read-only file system.
    init?(in folder: String) {
        var path = Array("\(folder)/sla-runner-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { return nil }
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Appends bytes; false when the disk does not take all of them, and then `count` tells what it took.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let written = pwrite(descriptor, piece.baseAddress, piece.count, off_t(count))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            count += written
            rest = rest.dropFirst(written)
        }
        return true
    }

    /// Reads up to `length` bytes at an offset; fewer at the end of the file or when the disk fails.
    func read(at offset: Int, length: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            while filled < length {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
    }
}
