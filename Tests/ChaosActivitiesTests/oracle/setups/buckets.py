"""Buckets and their objects."""


def setup_buckets(aws):
    s3 = aws("s3")
    place = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    for name in ("plain", "kept", "paused"):
        s3.create_bucket(Bucket=name, **place)
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": "shop"}]})
    for name, status in (("kept", "Enabled"), ("paused", "Enabled"), ("paused", "Suspended")):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    for name in ("plain", "kept"):
        for key in ("a/b c.txt", "a/b c.txt.old"):
            s3.put_object(Bucket=name, Key=key, Body=b"content", Tagging="team=shop")
    version = s3.head_object(Bucket="kept", Key="a/b c.txt")["VersionId"]
    return {"version": version}


def state(aws):
    found = {}
    for bucket in aws("s3").list_buckets()["Buckets"]:
        name = bucket["Name"]
        # What never had versions and what has none for now cannot be told apart by what they do.
        versioning = aws("s3").get_bucket_versioning(Bucket=name).get("Status", "Suspended")
        objects = [item["Key"] for item in aws("s3").list_objects_v2(Bucket=name).get("Contents", [])]
        found[name] = [versioning, objects]
    return {"buckets": found}
