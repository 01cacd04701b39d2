import Basics
import Glibc
import SystemPackage

/// Files and random names, without Foundation: that would be most of `tocsin`.
public enum Files {
    /// The whole content of a file.
    /// - Throws: `Errno`.
    public static func read(_ path: String) throws -> [UInt8] {
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        return try file.closeAfter { try readToEnd(file) }
    }

    /// Everything that comes on standard input until it is closed.
    /// - Throws: `Errno`.
    public static func readStandardInput() throws -> [UInt8] { try readToEnd(.standardInput) }

    /// The path from the root, without links being followed.
    public static func absolute(_ path: String) -> String {
        FilePath(workingDirectory).pushing(FilePath(path)).string
    }

    static var workingDirectory: String { text { getcwd(nil, 0) } }

    /// The path of the running program.
    static var program: String { text { realpath("/proc/self/exe", nil) } }

    private static func text(_ call: () -> UnsafeMutablePointer<CChar>?) -> String {
        guard let text = call() else { return "." }
        defer { free(text) }
        return String(cString: text)
    }

    private static func readToEnd(_ file: FileDescriptor) throws -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            guard count > 0 else { return content }
            content += buffer[..<count]
        }
    }

    /// The names in a folder; empty when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Creates an empty folder that nobody else can read; the body's end removes it with all that is in it.
    static func withTemporaryFolder<Result>(
        in parent: String, _ body: (String) async throws -> Result
    ) async throws -> Result {
        var template = Array("\(parent)/tocsin-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let error = Errno(rawValue: errno)
            throw LocalCloudError(
                .missingFile, "No folder can be created in \(parent): \(error)", underlying: error)
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(folder) }
        return try await body(folder)
    }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }  // not a folder
        for name in names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

extension String {
    /// A random UUID (RFC 9562, version 4) in lower case.
    public static func randomUUID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return [digits[..<4], digits[4..<6], digits[6..<8], digits[8..<10], digits[10...]]
            .map { $0.joined() }.joined(separator: "-")
    }
}
