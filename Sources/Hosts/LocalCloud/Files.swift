import Basics
import Glibc
import SystemPackage

/// Files and random names, without Foundation: that would be most of `tocsin`.
public enum Files {
    /// The whole content of a file.
    /// - Throws: `SystemError`.
    public static func read(_ path: String) throws -> [UInt8] { try contents(ofFile: path, limit: .max) }

    /// Everything that comes on standard input until it is closed.
    /// - Throws: `SystemError`.
    public static func readStandardInput() throws -> [UInt8] {
        try contents(ofDescriptor: STDIN_FILENO, limit: .max)
    }

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
            let error = SystemError.last
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
    /// A UUID of version 4 from the system's randomness.
    public static func randomUUID() -> String { Basics.randomUUID { .random(in: 0...255) } }
}
