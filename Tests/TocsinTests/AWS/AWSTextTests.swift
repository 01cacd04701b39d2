import AWS
import Testing
import Transport

@testable import tocsin

/// What `tocsin aws` shows: lists, help, requests.
struct AWSTextTests {
    @Test("columns fit the terminal, from top to bottom", arguments: [1, 40, 80, 200])
    func columns(width: Int) throws {
        let names = try ServiceDescription(.ec2).operationNames.map(AWSNames.dashed)
        let lines = AWSHelp.columns(names, width: width)
        let widest = names.map(\.count).max() ?? 0
        #expect(lines.allSatisfy { $0.count <= max(width, widest + 2) })
        #expect(lines.flatMap { $0.split(separator: " ") }.sorted() == names.map { Substring($0) }.sorted())
        #expect(lines.map { $0.split(separator: " ").count }.max() == [1: 1, 40: 1, 80: 1, 200: 3][width])
    }

    @Test("a short list stands in columns")
    func shortColumns() {
        #expect(AWSHelp.columns(["a", "bb", "c", "d", "e"], width: 10) == ["  a   c  e", "  bb  d"])
        #expect(AWSHelp.columns(["a", "bb", "c", "d", "e"], width: 9) == ["  a   d", "  bb  e", "  c"])
        #expect(AWSHelp.columns([], width: 14) == [])
    }

    private static func help(_ service: AWSService, _ operation: String) throws -> String {
        let description = try ServiceDescription(service)
        return try AWSHelp.text(of: description.operation(operation), service, waiters: description.waiters)
    }

    @Test("the help of an operation names types, what is required, pages and files")
    func help() throws {
        let item = try Self.help(.dynamoDB, "PutItem")
        #expect(item.contains("PutItem may change something: it runs after --yes."))
        #expect(item.contains("\n* --table-name  string\n* --item  map of structures\n    S  string\n"))
        #expect(item.contains("\n    M  map of structures, as above\n"))
        let list = try Self.help(.s3, "ListObjectsV2")
        #expect(list.contains("ListObjectsV2 only reads: it runs without a question.\n"))
        #expect(list.contains("the results are Contents, CommonPrefixes.\n"))
        #expect(list.contains("With --continuation-token or --max-keys it reads one page."))
        let get = try Self.help(.s3, "GetObject")
        #expect(get.contains("Body of the answer is binary: it goes to --save-body PATH"))
        let send = try Self.help(.ssm, "SendCommand")
        #expect(send.contains("  --parameters '{\"Parameters\": …}'  map of lists of strings\n"))
        #expect(try Self.help(.sts, "GetCallerIdentity").hasSuffix("It takes no parameters."))
        #expect(try Self.help(.eks, "DescribeCluster").contains("\ntocsin aws eks wait cluster-active  calls it with"))
    }

    @Test("the log of requests shows no secrets")
    func requestLog() {
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/x/sts/aws4_request, Signature=5ec"
        let request = HTTPRequest(
            "POST", "https://h/p?X-Amz-Signature=5ec&X-Amz-Security-Token=5ec&prefix=a&X-Amz-Credential=AKIA",
            headers: [
                "Authorization": authorization, "X-Amz-Security-Token": "5ec", "X-Amz-Date": "20260101T000000Z",
                "x-amz-server-side-encryption-customer-key": "5ec", "X-aws-ec2-metadata-token": "5ec",
            ], body: .bytes(Array("5ec".utf8)))
        let text = RequestLog.text(of: request)
        #expect(!text.contains("5ec"), "\(text)")
        #expect(text.contains("POST https://h/p?X-Amz-Signature=(hidden)&X-Amz-Security-Token=(hidden)&prefix=a&"))
        #expect(text.contains("Credential=AKIA/20260101/x/sts/aws4_request, Signature=(hidden)"))
        #expect(text.contains("X-Amz-Date: 20260101T000000Z"))
        #expect(
            RequestLog.text(of: HTTPRequest("GET", "http://h", headers: ["authorization": "5ec"])).contains("(hidden)"))
        let container = RequestLog.text(of: HTTPRequest("GET", "http://169.254.170.2/v2/credentials/5ec"))
        #expect(container == "> GET http://169.254.170.2/…")
    }

    @Test("characters that command a terminal are escaped, and the text stays JSON")
    func invisible() {
        #expect("\"a\u{1B}[1m\u{202E}\u{E0001}b\"\n".escapingInvisible == #""a\u001b[1m\u202e\udb40\udc01b""# + "\n")
        #expect("{\"é☃\": \"日本\"}".escapingInvisible == "{\"é☃\": \"日本\"}")
    }
}
