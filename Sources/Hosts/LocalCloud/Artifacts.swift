import Foundation
import Glibc
import Subprocess
import SystemPackage

/// Finds what `build.sh` has built, and moto: from the program's own folder and from the current one upwards.
public struct Artifacts: Sendable {
    private let programFolder: URL
    private let checkouts: [URL]

    /// Looks around a program.
    /// - Parameters:
    ///   - program: path of the running program.
    ///   - directory: the current directory.
    public init(program: String, directory: String) {
        programFolder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
        checkouts = [programFolder, URL(filePath: directory)].flatMap { start in
            sequence(first: start) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }
        }
    }

    /// Looks around the running program.
    public static func ofThisProcess() -> Artifacts {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "."
        return Artifacts(program: program, directory: FileManager.default.currentDirectoryPath)
    }

    /// The path of a command-line tool.
    /// - Throws: `LocalCloudError` that says how to build it.
    public func tool(_ name: String) throws -> String {
        let places = [programFolder.appending(path: name)] + checkouts.map { $0.appending(path: "dist/bin/\(name)") }
        guard let found = places.first(where: \.isExecutable) else {
            throw LocalCloudError(
                .missingFile, "There is no \(name) here. Build it with ./build.sh in the checkout of Tocsin.")
        }
        return found.path
    }

    /// The path of `moto_server`.
    /// - Parameter chosen: a path that the user has named, for which nothing else is taken.
    /// - Throws: `LocalCloudError` that says what to install.
    public func motoServer(_ chosen: String?) throws -> String {
        if let chosen {
            guard access(chosen, X_OK) == 0 else {
                throw LocalCloudError(
                    .missingFile, "There is no program \(chosen); --moto and TOCSIN_MOTO name moto_server.")
            }
            return chosen
        }
        let places = checkouts.map { $0.appending(path: ".build/venv/bin/moto_server") }
        guard let found = places.first(where: \.isExecutable) else {
            throw LocalCloudError(
                .missingFile,
                "The local AWS needs moto. Run ./build.sh in the checkout of Tocsin, which installs it there; or "
                    + "`pip install 'moto[server]'` and name its moto_server with --moto or TOCSIN_MOTO."
            )
        }
        return found.path
    }

    /// The names of the functions that have been built.
    public var functions: [String] {
        let names = checkouts.flatMap { checkout in
            let folder = checkout.appending(path: "dist/lambda").path
            return (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        }
        return Set(names.filter { $0.hasSuffix(".zip") }.map { String($0.dropLast(4)) }).sorted()
    }

    /// Gives the body the paths of functions' programs, by name; see ``withFunction(_:_:)``.
    public func withFunctions<Result>(
        _ names: some Collection<String>, _ body: ([String: String]) async throws -> Result
    ) async throws -> Result {
        guard let name = names.first else { return try await body([:]) }
        return try await withFunction(name) { binary in
            try await withFunctions(Array(names.dropFirst())) { try await body($0.merging([name: binary]) { $1 }) }
        }
    }

    /// Gives the body the path of a function's program, unpacked from `dist/lambda/<name>.zip` for this once.
    /// - Throws: `LocalCloudError` that names the functions there are; what the body throws.
    public func withFunction<Result>(_ name: String, _ body: (String) async throws -> Result) async throws -> Result {
        let archives = checkouts.map { $0.appending(path: "dist/lambda/\(name).zip") }
        guard !name.contains("/"), let archive = archives.first(where: { access($0.path, R_OK) == 0 }) else {
            let names = functions.joined(separator: ", ")
            let known = names.isEmpty ? "None is built: run ./build.sh." : "There are: \(names)."
            throw LocalCloudError(
                .missingFile, "There is no function \(name). \(known) Or name its program with --binary.")
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bootstrap = folder.appending(path: "bootstrap").path
        // Python is there wherever build.sh has run; its unpacker leaves permissions out.
        let unpacked = try await Subprocess.run(
            .name("python3"), arguments: ["-m", "zipfile", "-e", archive.path, folder.path], output: .discarded,
            error: .string(limit: 4096)
        )
        guard unpacked.terminationStatus.isSuccess, chmod(bootstrap, 0o755) == 0 else {
            throw LocalCloudError(.missingFile, "\(archive.path) cannot be unpacked: \(unpacked.standardError)")
        }
        return try await body(bootstrap)
    }
}

extension URL {
    fileprivate var isExecutable: Bool { FileManager.default.isExecutableFile(atPath: path) }
}
