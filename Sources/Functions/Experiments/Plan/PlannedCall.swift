import Basics
import Glibc
import JSON
import Transport

/// What an activity calls outside of Tocsin, as a plan may tell it: no secret, and nothing that is likely to be one.
enum PlannedCall {
    /// Method and address of an `http` provider: `PUT http://example.org/faults/search`; nil for another provider.
    ///
    /// User, query and fragment are left out, and so are parts of the path that look like tokens, as of webhooks.
    static func request(_ provider: JSONObject, _ substitution: Substitution) -> String? {
        guard provider["type"] == "http" else { return nil }
        let method = (provider["method"]?.stringValue ?? "GET").uppercased()
        let url = provider["url"].map { substitution.apply(to: $0) }?.stringValue ?? ""
        guard let target = try? RequestTarget(url) else { return "\(method) an address that is not known" }
        let path = target.pathAndQuery(of: url).prefix { $0 != "?" }
        let shown = path.split(separator: "/", omittingEmptySubsequences: false).map {
            looksLikeToken($0) ? SecretValues.mask : String($0)
        }
        let address = "\(target.scheme)://\(target.hostHeader)\(shown.joined(separator: "/"))"
        let secrets = SecretValues(secrets: substitution.secrets, configuration: substitution.configuration)
        return secrets.masked("\(method) \(address)")
    }

    /// The length from which a word with letters and digits is not one that people write.
    private static let tokenLength = 16

    private static func looksLikeToken(_ word: Substring) -> Bool {
        let bytes = word.utf8
        return bytes.count >= tokenLength && bytes.contains { (0x30...0x39).contains($0) }
            && bytes.contains { $0.isASCIIAlphanumeric && $0 > 0x39 } && !bytes.contains(UInt8(ascii: "."))
    }

    private static let scriptSuffixes = [".sh", ".bash", ".py", ".rb", ".pl", ".js", ".ps1"]

    /// The scripts among the words of a `process` provider; none for another provider.
    ///
    /// Known by their names, or by the `#!` that they begin with.
    static func scripts(_ provider: JSONObject, _ substitution: Substitution) -> [String] {
        guard provider["type"] == "process" else { return [] }
        var words = [provider["path"]?.stringValue ?? ""]
        switch substitution.apply(toArguments: provider["arguments"] ?? .null) {
        case .string(let line): words += shellWords(line) ?? []
        case .array(let list): words += list.compactMap(\.stringValue)
        case .object(let members): words += members.flatMap { [$0.key] + ($0.value.stringValue.map { [$0] } ?? []) }
        default: break
        }
        let secrets = SecretValues(secrets: substitution.secrets, configuration: substitution.configuration)
        var scripts: [String] = []
        for word in words where isScript(word) && !scripts.contains(word) && secrets.masked(word) == word {
            scripts.append(word)
        }
        return scripts
    }

    private static func isScript(_ word: String) -> Bool {
        // A line for a shell, an assignment or an address may have secrets in it.
        let isName = !word.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "@") }
        if word.isEmpty || word.hasPrefix("-") || !isName || isOtherThanFile(word) { return false }
        if scriptSuffixes.contains(where: { word.hasSuffix($0) }) { return true }
        // A program by its name alone is one of the machine's.
        guard word.utf8.contains(UInt8(ascii: "/")) else { return false }
        return beginsWithInterpreter(word)
    }

    /// Whether something is there that is no file: a pipe, which a reader would wait for, or a terminal.
    private static func isOtherThanFile(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT != S_IFREG
    }

    private static func beginsWithInterpreter(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var start: [UInt8] = [0, 0]
        return read(descriptor, &start, 2) == 2 && start == Array("#!".utf8)
    }
}
