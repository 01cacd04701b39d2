internal import Glibc

/// What the operating system refused, by its error number; the description is the C library's text.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A value of `errno`, such as `ENOENT`.
    public let number: Int32

    /// The error with this number.
    public init(_ number: Int32) { self.number = number }

    /// The error of the call before, on this thread.
    public static var last: SystemError { SystemError(errno) }

    /// Such as `No such file or directory`.
    public var description: String {
        // Not `strerror`, which threads share in some C libraries.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let address = buffer.baseAddress, strerror_r(number, address, buffer.count) == 0 else {
                return "error \(number)"
            }
            return String(cString: address)
        }
    }
}

/// The whole content of a file.
/// - Throws: `SystemError`; its number is `EFBIG` for a file of more than `limit` bytes.
public func contents(ofFile path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    return try contents(ofDescriptor: descriptor, limit: limit)
}

/// Everything that can be read from an open descriptor until its end.
/// - Throws: as ``contents(ofFile:limit:)``.
public func contents(ofDescriptor descriptor: Int32, limit: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count == 0 { return bytes }
        if count > 0 {
            guard bytes.count + count <= limit else { throw SystemError(EFBIG) }
            bytes += buffer[..<count]
        } else if errno != EINTR {
            throw .last
        }
    }
}

/// Makes a folder and those above it, each for its owner alone; what exists stays as it is.
public func makeFolder(_ path: String) throws(SystemError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let parent = path.lastIndex(of: "/"), parent > path.startIndex else { throw .last }
    try makeFolder(String(path[..<parent]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last }
}

/// Replaces a file in one step: readers see the old content or the new one, also after a crash.
/// - Parameters:
///   - draft: where the content is written first, in the same folder; what is there from a crash goes.
///   - permissions: the new file's, less the process's mask.
public func replaceFile(
    _ path: String, with bytes: [UInt8], draft: String, permissions: UInt32 = 0o600
) throws(SystemError) {
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
    guard descriptor >= 0 else { throw .last }
    do throws(SystemError) {
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw .last
            }
        }
        // Before the rename: a crash must not leave the name with half of the content.
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw .last }
    } catch {
        unlink(draft)
        throw error
    }
}
