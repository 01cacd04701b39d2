import ArgumentParser
import Basics
import Glibc
import LocalCloud
import Transport
import UptimeChecker

/// Where `tocsin up` takes what it runs from.
enum UpSource: Sendable {
    /// A folder, from the root.
    case folder(String)
    /// `--command` and `--endpoints`.
    case options(tests: [SLATest], endpoints: String?)
    /// Tocsin's own examples, of which two fail on purpose.
    case examples

    /// What the options choose.
    /// - Throws: the usage error for a folder without `tocsin.yaml`.
    init(_ options: UpCommand) throws {
        if let folder = options.folder {
            let path = Files.absolute(folder)
            guard access("\(path)/\(UpFolder.fileName)", F_OK) == 0 else {
                throw usageError(
                    "There is no \(UpFolder.fileName) in \(folder). `tocsin up --init \(folder)` writes one.")
            }
            self = .folder(path)
        } else if !options.command.isEmpty || options.endpoints != nil {
            self = .options(tests: options.command, endpoints: options.endpoints)
        } else if access(UpFolder.fileName, F_OK) == 0 {
            self = .folder(Files.workingDirectory)
        } else {
            self = .examples
        }
    }

    var isExample: Bool { if case .examples = self { true } else { false } }

    /// The folder; nil when there is none.
    var folder: String? { if case .folder(let path) = self { path } else { nil } }

    /// Reads it for the first time.
    /// - Parameter environment: the user's variables, with `SITE`.
    /// - Throws: the usage error with everything that is wrong.
    func read(_ environment: [String: String], _ loop: EventLoop) async throws -> UpFolder.Version {
        var system = UpSystem()
        switch self {
        case .folder(let path):
            let version = await UpFolder(path: path, environment: environment, loop: loop).read()
            if case .failure(let faults) = version.system {
                throw usageError("The folder \(path) cannot be used:\n\(faults)")
            }
            return version
        case .options(let tests, let endpoints):
            system.tests = tests
            system.checks = try endpoints.map { try Self.endpoints($0, environment) }
        case .examples:
            system.tests = SLATest.examples
            system.checks = try CombinedEndpoints(
                [.init(name: "the examples", bytes: Array(ExampleSite.endpoints.utf8))], environment: environment)
        }
        return UpFolder.Version(system: .success(system), stamps: [:])
    }

    /// The endpoints of a Gatus file without faults.
    private static func endpoints(_ path: String, _ environment: [String: String]) throws -> CombinedEndpoints {
        let bytes: [UInt8]
        do {
            bytes = try path == "-" ? Files.readStandardInput() : Files.read(path)
        } catch {
            throw usageError("The endpoints file \(path) cannot be read: \(error)")
        }
        let (variables, withheld) = checkVariables(for: String(decoding: bytes, as: UTF8.self), environment)
        do {
            // The messages stand below the name of the file.
            _ = try UptimeConfiguration(parsing: bytes, environment: variables)
            var checks = try CombinedEndpoints([.init(name: path, bytes: bytes)], environment: variables)
            checks.notes = withheld + checks.notes
            for note in checks.notes { printError("Warning: \(note)") }
            return checks
        } catch {
            throw usageError("The endpoints file \(path) cannot be used:\n\(error)")
        }
    }
}

/// The variables that a file with endpoints may name, and warnings about those that it may not.
func checkVariables(
    for text: String, _ environment: [String: String]
) -> (variables: [String: String], warnings: [String]) {
    let child = ChildEnvironment(user: environment, moto: Moto(endpoint: ""))
    let warnings = child.withheld(from: text).map {
        "$\($0) is not passed on, because its name is one of AWS's or the functions' own"
    }
    return (child.function(configuration: text), warnings)
}
