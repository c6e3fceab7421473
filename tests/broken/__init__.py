"""Broken systems, each built of a real server and real clients in processes of their own.

One async context manager for each way in which a request fails, in the order of causes that
natstap has to tell apart: `core` for clients and their permissions, `stored` for streams and
consumers, `network` for what lies between, `refusals` for servers that let nobody in.
"""
