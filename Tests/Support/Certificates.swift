public import Foundation

/// A private certification authority and servers' certificates, made by the `openssl` command in a folder of the test.
public struct Certificates: Sendable {
    /// Where the files are.
    public let folder: URL
    /// The authority's own certificate: what a client is to trust.
    public var authority: String { folder.appending(path: "authority.pem").path }

    /// Makes the authority.
    public init(in folder: URL) throws {
        self.folder = folder
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "authority.key", "-out", "authority.pem",
            "-days", "30",
            "-subj", "/CN=Test Authority/O=Tocsin"
        )
    }

    /// A certificate and key in one file, signed by the authority, or by itself.
    /// - Parameters:
    ///   - from: the start of its validity, as `openssl ca` wants it.
    ///   - to: the end of its validity.
    ///   - withChain: puts the authority's own certificate into the file too; it expires in 30 days.
    public func issue(
        _ name: String, subject: String = "/CN=localhost", names: String = "DNS:localhost,IP:127.0.0.1",
        from: String = "20250101000000Z", to: String = "20450101000000Z", selfSigned: Bool = false,
        withChain: Bool = false
    ) throws -> String {
        let file = folder.appending(path: name + ".pem")
        try openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key",
            "-out", name + ".csr", "-subj",
            subject)
        try Data("subjectAltName=\(names)\n".utf8).write(to: folder.appending(path: name + ".ext"))
        for index in ["index.txt", "index.txt.attr"] { try Data().write(to: folder.appending(path: index)) }
        let settings = """
            [ca]
            default_ca=a
            [a]
            database=index.txt
            new_certs_dir=.
            serial=serial
            default_md=sha256
            policy=p
            [p]
            commonName=supplied
            organizationName=optional
            """
        try Data(settings.utf8).write(to: folder.appending(path: "ca.conf"))
        try Data("0A1B2C\n".utf8).write(to: folder.appending(path: "serial"))
        let signer =
            selfSigned
            ? ["-selfsign", "-keyfile", name + ".key"] : ["-cert", "authority.pem", "-keyfile", "authority.key"]
        try openssl(
            [
                "ca", "-batch", "-notext", "-config", "ca.conf", "-in", name + ".csr", "-out", name + ".crt",
                "-startdate", from,
                "-enddate", to, "-extfile", name + ".ext",
            ] + signer
        )
        let parts = [name + ".crt"] + (withChain ? ["authority.pem"] : []) + [name + ".key"]
        try Data(parts.map { try Data(contentsOf: folder.appending(path: $0)) }.joined()).write(to: file)
        return file.path
    }

    private func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private func openssl(_ arguments: [String]) throws {
        let result = try Command.run("openssl", arguments, folder: folder)
        guard result.status == 0 else { throw Failure(description: "openssl \(arguments): \(result.errors)") }
    }

    /// What `openssl` says when it fails.
    public struct Failure: Error, CustomStringConvertible {
        /// The command and its complaint.
        public let description: String
    }
}
