import Basics
import JSON
import Testing
import Transport

@testable import AWS

/// Responses that no service should send.
struct ResultTests {
    private func result(
        _ service: TestModel, _ operation: String, status: Int = 200, _ body: String
    ) throws -> Result<OperationOutput, ServiceFault> {
        let model = try service.model()
        let response = WireResponse(status: status, headers: ["X-Amzn-RequestId": "r1"], body: Array(body.utf8))
        return try model.result(of: model.operation(operation), response, [:])
    }

    @Test(
        "refuses a success that is cut short or of another kind",
        arguments: [
            (.cloudWatch, "ListMetrics", "{\"Metrics\":[{\"Name"),
            (.cloudWatch, "ListMetrics", "[]"),
            (.cloudWatch, "ListMetrics", "{\"Metrics\":5}"), (.sns, "ListTopics", "<a><b></a>"),
            (.sns, "ListTopics", ""), (.sns, "ListTopics", "<ListTopicsResponse/>"),
            (.zooRestXML, "Everything", "<E><Number>many</Number></E>"),
            (.zooRestXML, "Everything", "<E><Time>soon</Time></E>"),
            (.zooRestXML, "Everything", "<E><Union><Left>1</Left><right/></Union></E>"),
            (.zooJSON, "Everything", "{\"Union\":{}}"),
            (.zooJSON, "Everything", "{\"Time\":\"soon\"}"),
            (.zooJSON, "Everything", "{\"Bytes\":\"abcde\"}"),
        ] as [(TestModel, String, String)])
    func refusesResponse(service: TestModel, operation: String, body: String) {
        #expect { try result(service, operation, body) } throws: { ($0 as? AWSError)?.localCode == .invalidResponse }
    }

    @Test(
        "takes S3's success with a failure inside for the failure",
        arguments: [
            ("<Error><Code>SlowDown</Code><Message>m</Message></Error>", "SlowDown"),
            ("<CopyObjectResult><ETag>", "500"),
        ])
    func errorsInsideAStatus200(body: String, code: String) throws {
        guard case .failure(let fault) = try result(.s3, "CopyObject", body) else {
            Issue.record("taken for a success")
            return
        }
        #expect(fault.code == code)
        #expect(fault.status == 500)
        #expect(fault.requestID == "r1")
    }

    @Test("does not look for errors in the bytes of an object")
    func objectsAreNotSearchedForErrors() throws {
        let output = try result(.s3, "GetObject", "<Error>mine</Error>").get()
        #expect(output.payload == Array("<Error>mine</Error>".utf8))
    }

    @Test(
        "tells the status where a refusal has no document",
        arguments: [
            (.sns, "Publish", 403, "Forbidden"), (.cloudWatch, "ListMetrics", 502, "Bad Gateway"),
            (.s3, "HeadObject", 404, "Not Found"),
            (.ec2, "DescribeInstances", 503, "Service Unavailable"),
        ] as [(TestModel, String, Int, String)])
    func statusOnly(service: TestModel, operation: String, status: Int, phrase: String) throws {
        guard case .failure(let fault) = try result(service, operation, status: status, "") else {
            Issue.record("taken for a success")
            return
        }
        #expect(fault.code == String(status))
        #expect(fault.message == phrase)
    }

    @Test("gives boto3's metadata")
    func metadata() throws {
        let output = try result(.sqs, "ListQueues", "{}").get()
        #expect(output.value.isEmpty)
        #expect(
            output.metadata == [
                "RequestId": "r1", "HTTPStatusCode": 200, "HTTPHeaders": ["x-amzn-requestid": "r1"],
            ]
        )
    }

    @Test(
        "refuses XML that is made to harm, or no XML at all",
        arguments: [
            ("", "no element"), ("<a>", "no element"), ("<a/><b/>", "junk"), ("<a b='1' b='2'/>", "duplicate"),
            ("<x:a/>", "prefix"), ("<a>&unknown;</a>", "entity"), ("<a>\u{1}</a>", "token"),
            ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "document type"),
            ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type"),
            (String(repeating: "<a>", count: 101) + String(repeating: "</a>", count: 101), "deeper than 100"),
        ])
    func refusesXML(text: String, reason: String) {
        #expect { try XMLReader.read(Array(text.utf8)) } throws: { error in
            (error as? AWSError)?.localCode == .invalidResponse && "\(error)".contains(reason)
        }
    }

    @Test("members of XML come in the order of the model, and text after a child is left out")
    func ordersMembers() throws {
        let model = try ServiceModel(TestModel.s3.lines)
        let text = """
            <AccessControlPolicy xmlns:x="http://www.w3.org/2001/XMLSchema-instance"><AccessControlList><Grant>
            <Permission>READ</Permission> after <Grantee x:type="Group"><URI>u</URI><ID>i</ID></Grantee></Grant>
            </AccessControlList><Owner><ID>o</ID></Owner></AccessControlPolicy>
            """
        let response = WireResponse(status: 200, headers: [:], body: Array(text.utf8))
        let output = try model.result(of: try model.operation("GetBucketAcl"), response, [:]).get().value
        let expected =
            #"{"Owner":{"ID":"o"},"Grants":[{"Grantee":{"ID":"i","Type":"Group","URI":"u"},"Permission":"READ"}]}"#
        #expect("\(output)" == expected)
    }

    @Test("reads XML to the maximum depth, with entities, sections and namespaces")
    func readsXML() throws {
        let deep = String(repeating: "<a>", count: 100) + "x" + String(repeating: "</a>", count: 100)
        #expect(try XMLReader.read(Array(deep.utf8)).name == "a")
        let text = "<?xml version='1.0'?><n:r xmlns:n='u' n:k='v' l='w'>a&lt;&#xe9;<![CDATA[<b>]]><c/>after</n:r>"
        let root = try XMLReader.read(Array(text.utf8))
        #expect(root.name == "r")
        #expect(root.text == "a<é<b>")
        #expect(root.attributes.map(\.name) == ["k", "l"])
        #expect(root.attributes.map(\.hasNamespace) == [true, false])
        #expect(root.children.map(\.name) == ["c"])
    }
}
