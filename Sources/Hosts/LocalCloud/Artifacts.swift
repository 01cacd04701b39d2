import Basics
import Glibc
import Subprocess
import SystemPackage

/// Finds moto and what `build.sh` has built, in the program's folder, the current folder and all folders above them.
public struct Artifacts: Sendable {
    private let programFolder: FilePath
    /// The program's folder, the current folder and all folders above them.
    private let checkouts: [FilePath]
    /// Where functions are unpacked.
    private let temporaryFolder: String

    /// Searches from these two folders upwards.
    /// - Parameters:
    ///   - program: the path of the running program.
    ///   - directory: the current directory.
    ///   - temporaryFolder: functions are unpacked there.
    public init(program: String, directory: String, temporaryFolder: String) {
        programFolder = FilePath(program).removingLastComponent()
        checkouts = [programFolder, FilePath(directory)].flatMap { start in
            sequence(first: start) { $0.components.isEmpty ? nil : $0.removingLastComponent() }
        }
        self.temporaryFolder = temporaryFolder
    }

    /// Searches from the running program and the current directory upwards.
    public static func ofThisProcess(environment: [String: String]) -> Artifacts {
        Artifacts(
            program: Files.program, directory: Files.workingDirectory,
            temporaryFolder: environment["TMPDIR"] ?? "/tmp"
        )
    }

    /// The path of a command-line tool.
    /// - Throws: `LocalCloudError` that says how to build it.
    public func tool(_ name: String) throws -> String {
        let places = [programFolder.appending(name)] + checkouts.map { $0.appending("dist/bin/\(name)") }
        guard let found = places.first(where: \.isExecutable) else {
            throw LocalCloudError(
                .missingFile, "There is no \(name) here. Build it with ./build.sh in the checkout of Tocsin.")
        }
        return found.string
    }

    /// The path of `moto_server`.
    /// - Parameter chosen: the path that the user has given; then no other is looked for.
    /// - Throws: `LocalCloudError` that says how to install it.
    public func motoServer(_ chosen: String?) throws -> String {
        if let chosen {
            guard access(chosen, X_OK) == 0 else {
                throw LocalCloudError(
                    .missingFile, "There is no program \(chosen); --moto and TOCSIN_MOTO name moto_server.")
            }
            return chosen
        }
        let places = checkouts.map { $0.appending(".build/venv/bin/moto_server") }
        guard let found = places.first(where: \.isExecutable) else {
            throw LocalCloudError(
                .missingFile,
                "The local AWS needs moto. Run ./build.sh in the checkout of Tocsin, which installs it there; or "
                    + "`pip install 'moto[server]'` and name its moto_server with --moto or TOCSIN_MOTO."
            )
        }
        return found.string
    }

    /// The names of the functions that have been built.
    public var functions: [String] {
        let names = checkouts.flatMap { Files.names(in: $0.appending("dist/lambda").string) }
        return Set(names.filter { $0.hasSuffix(".zip") }.map { String($0.dropLast(4)) }).sorted()
    }

    /// Gives the body the paths of several functions' programs, by name; see ``withFunction(_:_:)``.
    public func withFunctions<Result>(
        _ names: some Collection<String>, _ body: ([String: String]) async throws -> Result
    ) async throws -> Result {
        guard let name = names.first else { return try await body([:]) }
        return try await withFunction(name) { binary in
            try await withFunctions(Array(names.dropFirst())) { try await body($0.merging([name: binary]) { $1 }) }
        }
    }

    /// Gives the body the path of a function's program, unpacked from `dist/lambda/<name>.zip` and removed afterwards.
    /// - Throws: `LocalCloudError` that lists the functions when there is none of this name; what the body throws.
    public func withFunction<Result>(_ name: String, _ body: (String) async throws -> Result) async throws -> Result {
        let archives = checkouts.map { $0.appending("dist/lambda/\(name).zip").string }
        guard !name.contains("/"), let archive = archives.first(where: { access($0, R_OK) == 0 }) else {
            let names = functions.joined(separator: ", ")
            let known = names.isEmpty ? "None is built: run ./build.sh." : "There are: \(names)."
            throw LocalCloudError(
                .missingFile, "There is no function \(name). \(known) Or name its program with --binary.")
        }
        return try await Files.withTemporaryFolder(in: temporaryFolder) { folder in
            let bootstrap = "\(folder)/bootstrap"
            // Python is there wherever build.sh has run; its unpacker leaves permissions out.
            let unpacked = try await Subprocess.run(
                .name("python3"), arguments: ["-m", "zipfile", "-e", archive, folder], output: .discarded,
                error: .string(limit: 4096)
            )
            guard unpacked.terminationStatus.isSuccess, chmod(bootstrap, 0o755) == 0 else {
                throw LocalCloudError(.missingFile, "\(archive) cannot be unpacked: \(unpacked.standardError)")
            }
            return try await body(bootstrap)
        }
    }
}

extension FilePath {
    fileprivate var isExecutable: Bool { access(string, X_OK) == 0 }
}
