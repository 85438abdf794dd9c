"""An AWS for tests and demos: S3 Access Grants and Multi-Region Access Points over HTTP, beside moto."""
