import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Creates and deletes documents of Systems Manager.
enum DocumentChanges {
    /// As large as the service takes, with room to spare.
    private static let maximumBytes = 1 << 20

    /// The document that is to be made.
    @Sendable static func newTarget(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard invocation.given("path_content") != nil, let name = invocation.given("name") else {
            throw ExperimentError.failedActivity("To create a document,you must specify the  content and name")
        }
        return [target(name, [:], try invocation.region())]
    }

    /// The document that the arguments name, and its tags.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let name = invocation.given("name") else {
            throw ExperimentError.failedActivity("To create a document,you must specify the  name")
        }
        let client = try invocation.client(.ssm)
        let tags = try await existing(["InvalidResourceId", "InvalidDocument"]) {
            try await client.call("ListTagsForResource", ["ResourceType": "Document", "ResourceId": name])["TagList"]?
                .tags
        }
        return [target(name, (tags ?? nil) ?? [:], client.region)]
    }

    private static func target(
        _ name: JSONValue, _ tags: [String: String], _ region: String
    ) -> NativeActivity.Target {
        let short = ARN(name.stringValue)?.name ?? name.pythonText
        return NativeActivity.Target(kind: "ssm:document", id: short, region: region, tags: tags)
    }

    @Sendable static func create(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let (path, name) = (invocation.argument("path_content").pythonText, invocation.argument("name"))
        let content: String
        do {
            content = String(decoding: try contents(ofFile: path, limit: maximumBytes), as: UTF8.self)
        } catch {
            throw ExperimentError.failedActivity("the file \(path) of path_content cannot be read: \(error)")
        }
        var input: JSONObject = ["Content": .string(content), "Name": name]
        // What is not given is not sent; chaosaws sends `None`, which boto3 refuses.
        input["VersionName"] = invocation.given("version_name")
        input["DocumentType"] = invocation.given("document_type")
        input["DocumentFormat"] = invocation.given("document_format")
        return try await refusals({ "Failed to create document '\(name.pythonText)': '\($0.message)'" }) {
            try await invocation.client(.ssm).response("CreateDocument", input)
        }
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let name = invocation.argument("name")
        var input: JSONObject = ["Name": name, "Force": invocation.argument("force")]
        input["VersionName"] = invocation.given("version_name")
        return try await refusals({ "Failed to delete  document '\(name.pythonText)': '\($0.message)'" }) {
            try await invocation.client(.ssm).response("DeleteDocument", input)
        }
    }

    /// Deletes the document that the action created.
    static let deleteAgain = NativeActivity.Undo(
        "deletes the document that was created",
        calls: [.read("ssm:DescribeDocument"), .change("ssm:DeleteDocument")],
        capture: { invocation, target in ["existed": .bool(try await exists(target, invocation))] },
        check: { invocation, target, before in
            // Where there was one the action has failed, and changed nothing.
            guard before["existed"] == false, try await exists(target, invocation) else { return .restored }
            return .stillBroken("the document \(target.id) is still there")
        },
        restore: { invocation, target, before in
            guard before["existed"] == false, try await exists(target, invocation) else { return }
            _ = try await invocation.client(.ssm).call("DeleteDocument", ["Name": .string(target.id)])
        })

    private static func exists(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation
    ) async throws -> Bool {
        let client = try invocation.client(.ssm)
        let document = try await existing(["InvalidDocument"]) {
            try await client.call("DescribeDocument", ["Name": .string(target.id)])
        }
        // A deleted document is described for some moments.
        return document != nil && document?["Document"]?["Status"] != "Deleting"
    }
}
