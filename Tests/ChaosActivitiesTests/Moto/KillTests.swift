import Foundation
import JSON
import TestSupport
import Testing

extension MotoTests {
    /// What a run has changed is put back after the process was killed, by the programs as users run them.
    struct KillTests {
        /// One of each action: to run the programs takes a second.
        private static let cases = UndoTests.cases.reduce(into: [UndoTests.Case]()) { cases, new in
            if !cases.contains(where: { $0.function == new.function }) { cases.append(new) }
        }

        @Test("tocsin chaos recover puts back what a run changed that was ended by kill -9", arguments: cases)
        func killed(_ test: UndoTests.Case) async throws {
            let oracle = try Oracle.shared.get()
            let names = try oracle.prepare(test.setup)
            defer { oracle.discardState() }
            let before = try oracle.state()
            try await Workspace.withTemporaryFolder { folder in
                let parts = test.function.split(separator: ".").map(String.init)
                let experiment: JSONValue = [
                    "title": "killed", "description": "The process is gone as soon as the change was made.",
                    "method": [
                        [
                            "type": "action", "name": "change",
                            "provider": [
                                "type": "python", "module": .string(test.module),
                                "func": .string(parts.last ?? ""), "arguments": test.arguments.filled(names),
                            ],
                        ],
                        [
                            "type": "action", "name": "end the run",
                            "provider": ["type": "process", "path": "sh", "arguments": ["-c", "kill -9 $PPID"]],
                        ],
                    ],
                ]
                try Data(experiment.serialized()).write(to: folder.appending(path: "experiment.json"))
                let environment = awsVariables(at: oracle.url).merging([
                    "TOCSIN_STATE": folder.appending(path: "state").path, "HOME": folder.path,
                ]) { $1 }
                func chaos(_ arguments: String...) throws -> Command.Result {
                    try Command.run(BuiltTocsin.path, ["chaos"] + arguments, folder: folder, environment: environment)
                }
                let run = try chaos("run", "experiment.json")
                try #require(run.status == 128 + SIGKILL, "\(run.errors)")
                #expect(try oracle.state() != before, "the run has changed something")
                let recovered = try chaos("recover")
                #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
                #expect(try oracle.state() == before)
            }
        }
    }
}
