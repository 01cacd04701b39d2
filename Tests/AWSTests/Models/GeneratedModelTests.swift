import Foundation
import JSON
import TestSupport
import Testing

@testable import AWS

struct GeneratedModelTests {
    @Test(
        "the models are what the generator makes of the pinned botocore",
        .enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup")
    )
    func areCurrent() throws {
        let script = Workspace.root.appending(path: "Tools/aws-models/generate.py").path
        let result = try Command.run(Workspace.python, ["-B", script, "--check"])
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(
        "the generator refuses a service that it cannot make a model of, and says what to do",
        .enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"),
        arguments: [
            ("elasticache2", "botocore has no service elasticache2, did you mean elasticache?"),
            ("zzzzzz", "botocore has no service zzzzzz"),
            ("eventbridgev2", "eventbridgev2 speaks only smithy-rpc-v2-cbor; the client speaks json, rest-json,"),
        ]
    )
    func refusesServices(_ service: String, _ message: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let list = folder.appending(path: "services.json")
            try Data("{\"shipped\": [\"\(service)\"], \"test\": []}".utf8).write(to: list)
            let script = Workspace.root.appending(path: "Tools/aws-models/generate.py").path
            let result = try Command.run(Workspace.python, ["-B", script, "--check", "--services", list.path])
            #expect(result.status == 1)
            #expect(result.errors.contains(message))
        }
    }

    @Test("every operation can be read", arguments: TestModel.allCases)
    func operations(_ service: TestModel) throws {
        let model = try service.model()
        #expect(!model.operationNames.isEmpty)
        for name in model.operationNames { #expect(try model.operation(name).name == name) }
    }

    @Test("keeps what signing, endpoints and paging need")
    func facts() throws {
        let s3 = try TestModel.s3.model()
        #expect(s3.metadata.signatureVersion == "s3")
        let list = try s3.operation("ListObjectsV2").pagination
        #expect(list?.inputTokens == ["ContinuationToken"])
        #expect(list?.outputTokens == ["NextContinuationToken"])
        #expect(list?.results == ["Contents", "CommonPrefixes"])
        #expect(list?.limit == "MaxKeys")
        #expect(list?.more == "IsTruncated")
        #expect(try s3.operation("PutObject").streamingInput == "Body")
        #expect(try s3.operation("GetObject").streamingOutput == "Body")
        #expect(try s3.operation("GetBucketPolicy").streamingOutput == nil)
        #expect(try s3.operation("DeleteObjects").requiresChecksum)

        let cloudWatch = try TestModel.cloudWatch.model()
        #expect(cloudWatch.metadata.endpointPrefix == "monitoring")
        #expect(cloudWatch.metadata.wireProtocol == .json)
        #expect(try cloudWatch.operation("PutMetricData").acceptsGzip)
        let sts = try TestModel.sts.model()
        #expect(try sts.operation("AssumeRoleWithWebIdentity").isUnsigned)
        #expect(try !sts.operation("AssumeRole").isUnsigned)
        #expect(try TestModel.lexRuntimeService.model().metadata.signingName == "lex")
    }
}
