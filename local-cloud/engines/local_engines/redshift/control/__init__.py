"""Control plane: the Redshift API of provisioned clusters, and the Redshift Serverless API."""
