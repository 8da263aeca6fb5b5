"""The Redshift Serverless API: namespaces hold the data, workgroups the compute."""
