import Foundation
import JSON
import TestSupport
import Testing

/// The command `tocsin chaos documents`, whose documents Tests/Deployment compares with those of terraform/aws.
@Suite(.timeLimit(.minutes(2))) struct ChaosDocumentsTests {
    @Test("all are written into a folder, under every spelling; one is printed as it is in its file")
    func documents() throws {
        let shell = try ChaosShell()
        let written = try shell.chaos("documents", "--output-folder", "new/documents")
        #expect(written.status == 0, "\(written.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: shell.folder.path + "/new/documents")
        #expect(names.count >= 47)
        for name in names {
            let document = try JSONValue(parsing: shell.read("new/documents/" + name))
            let inputs = document["mainSteps"]?.arrayValue?.first?["inputs"]
            #expect(inputs?["runCommand"]?.arrayValue?.first?.stringValue == "#!/bin/sh", "\(name)")
            for (key, parameter) in document["parameters"]?.objectValue ?? [:] {
                #expect(parameter["allowedPattern"]?.stringValue != nil, "\(name): \(key)")
            }
        }
        let printed = try shell.chaos("documents", "BlackholeKafka")
        #expect(try printed.output == shell.read("new/documents/BlackHoleKafka.json"))
    }

    @Test("without a name there is a table, and what is near to a wrong name is suggested")
    func names() throws {
        let shell = try ChaosShell()
        let table = try shell.chaos("documents")
        #expect(table.output.contains("StressPacketLoss"))
        #expect(table.output.contains("loss=7"))
        let wrong = try shell.chaos("documents", "StressPacketLos")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("did you mean StressPacketLoss?"))
    }
}
