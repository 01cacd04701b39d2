import Basics
import Events
import JSON
import TestSupport
import Testing

@testable import Notifier

/// Secrets in messages: never shown, whatever the message is; and ordinary words stay readable.
@Suite struct SecretMaskTests {
    /// Each text has one secret, `s3cr3t…` or the part in the second column.
    private static let texts: [(text: String, secret: String)] = [
        ("password=hunter2 and more", "hunter2"), ("PASSWORD = 'a b'", "a b"), ("db.password: hunter2", "hunter2"),
        (#"{"password":"hunter2"}"#, "hunter2"), (#"{\"password\":\"hunter2\"}"#, "hunter2"),
        ("Authorization: Bearer abc.def", "abc.def"), ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("authorization: Digest a=1, b=zzz", "zzz"), ("Cookie: a=1; session=zzz", "zzz"),
        ("curl -H 'X-Auth-Token: a1b2' https://x.example", "a1b2"), ("https://x.example/?a=1&token=a1b2&c=3", "a1b2"),
        ("API key: a1b2c3", "a1b2c3"), ("api_key=abc", "abc"), ("client_secret=abc", "abc"),
        ("AccountKey=a1==;", "a1=="),
        ("run --password=hunter2 now", "hunter2"), ("postgres://app:p@ss@db.example/x", "p@ss"),
        ("redis://:hunter2@cache.example", "hunter2"),
        ("https://0123456789abcdef0123@github.com/a/b", "0123456789abcdef0123"),
        ("key AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"), ("(ASIAIOSFODNN7EXAMPLE)", "ASIAIOSFODNN7EXAMPLE"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-natu_re", "c2ln-natu_re"),
        ("ghp_0123456789abcdefghij0123456789abcdef", "0123456789abcdef"),
        ("github_pat_11ABCDEFG0abcdefghij_0123456789", "0123456789"), ("glpat-0123456789abcdefghij", "0123456789"),
        ("xoxb-123456789012-abcdefghijkl", "abcdefghijkl"), ("sk_live_51Habcdefghij", "51Habcdefghij"),
        ("sk-proj-0123456789abcdefghijkl", "0123456789"), ("LTAI5tFhAbCdEfGh1234", "LTAI5tFhAbCdEfGh1234"),
        ("123456789:AAabcdefghijklmnopqrstuvwxyz012345678", "AAabcdefghijkl"),
        ("https://hooks.slack.com/services/T0000/B0000/zzzz", "zzzz"),
        ("https://discord.com/api/webhooks/1234/zzzz-zzzz", "zzzz"),
        ("https://a.webhook.office.com/webhookb2/0123456789abcdef@0123/IncomingWebhook/zzzz", "zzzz"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/zzzz-0123", "zzzz"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=zzzz-0123", "zzzz"),
        ("https://api.telegram.org/bot123456789:AAabcdefghijklmnopqrstuvwxyz012345678/send", "AAabcdef"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Signature=0123456789abcdef0123456789abcdef", "abcdef"),
        ("https://a.logic.azure.com/paths/invoke?sv=1.0&sig=abcdefghij0123456789%3D", "abcdefghij"),
        ("*Password:* hunter2", "hunter2"), ("*Token*: `a1b2c3`", "a1b2c3"), ("**password**: hunter2", "hunter2"),
        ("PGPASSWORD=hunter2", "hunter2"), ("db-password-prod: hunter2", "hunter2"), ("X-Api-Key: Abc", "Abc"),
        ("X-Vault-Token: Abc", "Abc"), ("DB_PASS=hunter2", "hunter2"), ("password2: hunter2", "hunter2"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIzzz\n-----END RSA PRIVATE KEY-----\nb", "MIIzzz"),
        ("-----BEGIN PRIVATE KEY-----\nMIIzzz", "MIIzzz"), ("got Bearer abcdefgh12345678", "abcdefgh12345678"),
    ]

    @Test("a secret in a text is hidden", arguments: texts.indices)
    func hiddenInTexts(row: Int) {
        let (text, secret) = Self.texts[row]
        let shown = SecretMask.masked(text)
        #expect(!shown.containsBytes(secret), "\(shown)")
        #expect(shown.contains("***"))
        // What is hidden already stays as it is.
        #expect(SecretMask.masked(shown) == shown)
    }

    @Test(
        "a command for a shell is shown without its secrets",
        arguments: [
            ("curl -fsS -u ops:hunter2 https://x.example/", "curl -fsS -u ops:*** https://x.example/"),
            ("curl --user 'ops:hunter2' https://x.example/", "curl --user 'ops:***' https://x.example/"),
            ("curl -u \"ops:a b\" https://x.example/", "curl -u \"ops:***\" https://x.example/"),
            ("mysql --password hunter2 -e 'select 1'", "mysql --password *** -e 'select 1'"),
            ("login --token='a b'; echo ok", "login --token='***'; echo ok"),
            ("PGPASSWORD=hunter2 psql -c 'select 1'", "PGPASSWORD=*** psql -c 'select 1'"),
            ("curl 'https://ops:hunter2@x.example/?token=abc'", "curl 'https://ops:***@x.example/?token=***'"),
            ("curl -H 'Authorization: Bearer abc' x.example", "curl -H 'Authorization: Bearer ***' x.example"),
            ("curl -u 'ops:Pa$$w0rd' x.example", "curl -u 'ops:***' x.example"),
            ("curl -u $USER:hunter2 x.example", "curl -u $USER:*** x.example"),
            ("curl -uops:hunter2 --proxy-user=a:b x.example", "curl -uops:*** --proxy-user=a:*** x.example"),
            ("mysql --password \\\n  hunter2", "mysql --password \\\n  ***"),
            // Variables are no secrets, and neither is anything here.
            ("mysql --password $DB_PASS -e 1", "mysql --password $DB_PASS -e 1"),
            ("curl -u \"$USER:$PASS\" x.example", "curl -u \"$USER:$PASS\" x.example"),
            ("curl -u ops x.example && test -u file:a", "curl -u ops x.example && test -u file:***"),
            ("docker run -u 1000 image:tag", "docker run -u 1000 image:tag"),
            ("login --token --verbose", "login --token --verbose"), ("", ""), ("  a  'b ", "  a  'b "),
        ])
    func commands(command: String, shown: String) {
        #expect(SecretMask.masked(command: command) == shown)
    }

    @Test(
        "words about secrets stay readable",
        arguments: [
            "tokens used: 5", "artifactCredentials: accessKeyId: ***, sessionToken: ***", "max_tokens: 4096",
            "max_tokens=4096", "token: 17", "Token: expired",
            "invalid credentials: none",
            "The secret arn:aws:secretsmanager:eu-central-1:1:secret:prod/db-AbCdEf was rotated",
            "password policy changed", "passwordLastChanged: 2026-11-20", "secretName=prod/db", "key: value",
            "ssh://git@github.com/a/b", "https://example.com/a?b=c@d", "a monkey: b", "bearer of bad news",
            "sk-learn-is-a-python-library-name", "sk-learn-pipeline-2026-train-job-01", "ASIAN-market-region-latency-2",
            "1767225600:some-identifier-that-is-long-enough-for-35", "password-reset-lambda: 3 errors",
            "SSM parameter /prod/db/password: not found", "secrets: 3 found",
            "pod secret-sync-7d9f: CrashLoopBackOff", "password-checker: ERROR", "user-auth-prod: CPU 90%",
            "token.actions.githubusercontent.com:sub",
            "arn:aws:ecs:eu-central-1:1:task-definition/rotate-password:12", "registry.example/app-secret:1.2.3",
            "pass: 12, fail: 1", "bypass: on",
            "at 12:00:00, ratio 3:4", "-----BEGIN CERTIFICATE-----\nMII",
            "ALARM: \"token-errors\" in Europe (Frankfurt)", "arn:aws:iam::123456789012:role/secret-reader",
            "Threshold Crossed: 1 datapoint [5.0] was greater than the threshold (1.0).", "author: Ada", "",
        ])
    func readable(text: String) {
        #expect(SecretMask.masked(text) == text)
    }

    @Test(
        "a value is hidden by the name of its key",
        arguments: [
            (#"{"secretAccessKey":"a","accessKeyId":"b"}"#, #"{"secretAccessKey":"***","accessKeyId":"b"}"#),
            (#"{"credentials":{"user":"a","n":[1,"b"]}}"#, #"{"credentials":{"user":"***","n":[1,"***"]}}"#),
            (#"{"password":12345,"pin":1}"#, #"{"password":"***","pin":1}"#),
            (
                #"{"usage":{"tokens":5,"max_tokens":10},"tokenType":"x"}"#,
                #"{"usage":{"tokens":5,"max_tokens":10},"tokenType":"x"}"#
            ),
            (
                #"{"continuationToken":"a","authorizationToken":"b"}"#,
                #"{"continuationToken":"***","authorizationToken":"***"}"#
            ),
            (
                #"{"connectionString":"a","ConnectionStrings":{"db":"b"}}"#,
                #"{"connectionString":"***","ConnectionStrings":{"db":"***"}}"#
            ),
            (
                #"{"environment":[{"name":"A","value":"b"},{"name":"C","value":""}]}"#,
                #"{"environment":[{"name":"A","value":"***"},{"name":"C","value":""}]}"#
            ),
            (#"{"environment":{"variables":{"A":"b"}}}"#, #"{"environment":{"variables":{"A":"***"}}}"#),
            (#"{"environment":"production","env":{"A":"b"}}"#, #"{"environment":"production","env":{"A":"***"}}"#),
            (#"{"environment":["A=b"]}"#, #"{"environment":["A=***"]}"#),
            (
                #"{"environment":{"url":"https://a","password":"b"}}"#,
                #"{"environment":{"url":"https://a","password":"***"}}"#
            ),
            (
                #"{"parameters":[{"Key":"DbPassword","Value":"a"},{"Key":"Team","Value":"b"}]}"#,
                #"{"parameters":[{"Key":"DbPassword","Value":"***"},{"Key":"Team","Value":"b"}]}"#
            ),
            (
                #"{"command":["x","--api-key","a","--token=b","-v"]}"#,
                #"{"command":["x","--api-key","***","--token=***","-v"]}"#
            ),
            (
                #"{"secretArn":"arn:aws:a","password":"arn:aws:ssm:b","secretName":"c"}"#,
                #"{"secretArn":"arn:aws:a","password":"arn:aws:ssm:b","secretName":"c"}"#
            ),
            (
                #"{"f":[{"title":"Password","value":"a"}],"ParameterKey":"Password","ParameterValue":"b"}"#,
                #"{"f":[{"title":"Password","value":"***"}],"ParameterKey":"Password","ParameterValue":"***"}"#
            ),
            (#"{"encryption_key":"a","password_reset":"b"}"#, #"{"encryption_key":"***","password_reset":"b"}"#),
            (#"{"a":[{"b":"see https://u:p1@h.example"}]}"#, #"{"a":[{"b":"see https://u:***@h.example"}]}"#),
            (
                #"{"key":"a","keyName":"b","monkey":"c","author":"d"}"#,
                #"{"key":"a","keyName":"b","monkey":"c","author":"d"}"#
            ),
        ])
    func byKey(text: String, shown: String) throws {
        #expect(SecretMask.masked(try JSONValue(parsing: text)) == (try JSONValue(parsing: shown)))
    }

    @Test("a key of AWS is hidden whatever stands around it, and no text stops the program", arguments: 0..<8)
    func anySurroundings(seed: Int) {
        let pieces = [
            "password", "token", "Cookie", "key", "API key", "=", ":", ": ", " ", "\"", "'", "\\", "-----BEGIN ",
            "PRIVATE",
            "-----", "-----END ", "eyJ", ".", "://", "@", "/", "Bearer ", "Basic ", "xoxb-", "123456789:", "ü", "\n",
            "\0",
            "a", "hooks.slack.com/services/", "***", "arn:", "null", "--", "{", "}", ",",
        ]
        var random = SeededRandom(UInt64(seed))
        for _ in 0..<2_000 {
            var sides = ["", ""]
            for side in sides.indices {
                for _ in 0..<Int.random(in: 0...8, using: &random) {
                    sides[side] += pieces.randomElement(using: &random) ?? ""
                }
            }
            let text = "\(sides[0]) AKIAIOSFODNN7EXAMPLE \(sides[1])"
            #expect(!SecretMask.masked(text).containsBytes("AKIAIOSFODNN7EXAMPLE"), "\(text)")
            _ = SecretMask.masked(sides[0] + sides[1])
        }
    }

    @Test("a secret in an address is hidden, but for the token that confirms a subscription")
    func links() {
        var notification = Sample.plain
        notification.links = [
            Link("Runbook", "https://h.example/?token=a1b2"), Link("Graph", "https://u:zzz@h.example/g"),
        ]
        notification.maskSecrets()
        #expect(notification.links.map(\.url) == ["https://h.example/?token=***", "https://u:***@h.example/g"])
        notification.source = .sns
        notification.links = [Link("Confirm", "https://sns.eu-central-1.amazonaws.com/?Token=a1b2")]
        notification.maskSecrets()
        #expect(notification.links.first?.url == "https://sns.eu-central-1.amazonaws.com/?Token=a1b2")
    }

    @Test("a field is hidden by its name")
    func fields() {
        var notification = Sample.plain
        notification.fields = [
            Field("Access token", "a"), Field("Tokens used", "b"), Field("Token", "5"), Field("DB_PASSWORD", "c"),
            Field("Credentials", "user: ***, n: 1"), Field("Note", "pwd=d"),
        ]
        notification.maskSecrets()
        #expect(notification.fields.map(\.value) == ["***", "b", "5", "***", "user: ***, n: 1", "pwd=***"])
    }

    /// Events of the kinds that printed secrets, each with secrets that begin with `zz`.
    private static let events = [
        #"{"id":"1","source":"aws.codepipeline","detail-type":"CodePipeline Job","detail":{"data":{"artifactCredentials":"#
            + #"{"accessKeyId":"zz1","secretAccessKey":"zz2","sessionToken":"zz3"},"continuationToken":"zz4"}}}"#,
        #"{"id":"2","source":"aws.batch","detail-type":"Batch Job State Change","detail":{"jobName":"j","status":"FAILED","#
            + #""container":{"command":["run","--password","zz1"],"environment":[{"name":"STRIPE","value":"zz2"}]}}}"#,
        #"{"text":"login with password=zz1","severity":"high"}"#, #"{"title":"a","Authorization":"Bearer zz1"}"#,
        #"{"name":"Instance:X","level":"WARN","product":"ECS","content":{"accessToken":"zz1"}}"#,
        #"{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"db":{"connection_string":"zz1"}}}"#,
        #"{"source":"custom","content":{"description":"token=zz1"},"metadata":{"additionalContext":{"apiKey":"zz2"}}}"#,
        #"{"AlarmName":"a","NewStateValue":"ALARM","NewStateReason":"password=zz1","AlarmDescription":"secret=zz2"}"#,
        "password: zz1", #"{"approval":{"pipelineName":"p","token":"zz1"}}"#,
    ]

    @Test("no output shows the secrets of an event", arguments: events.indices, SampleOutput.all)
    func inEvents(row: Int, sample: SampleOutput) throws {
        let event = SampleEvents.topic([Self.events[row]])
        let output = try sample.make(sample.kind == "webhook" ? ["body": "{{message}}{{notification}}"] : [:])
        for notification in IncomingEvent(parsing: event.serialized(), requestID: "r", receivedAt: Samples.receivedAt)
            .messages.flatMap(\.notifications)
        {
            for message in output.messages(for: notification, Sample.options()) {
                for text in [message.bodyText, message.fallback?().bodyText ?? ""] {
                    #expect(!text.containsBytes("zz"), "\(text)")
                }
            }
        }
    }
}
