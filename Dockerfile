# logdiag alone, for no user in particular: docker run --rm -v "$PWD/logs:/logs:ro" logdiag /logs
# The base has no digest: each build is to have the latest security fixes; what Python packages it gets, constraints.txt pins.
FROM python:3.12-slim AS build
COPY . /source
# Without pip in the end: nothing is installed later, and what is not there has no weaknesses to be patched.
RUN python -m venv /opt/logdiag \
    && /opt/logdiag/bin/pip install -q --no-cache-dir -c /source/constraints.txt /source \
    && /opt/logdiag/bin/pip uninstall -q -y pip

FROM python:3.12-slim
COPY --from=build /opt/logdiag /opt/logdiag
ENV PATH=/opt/logdiag/bin:$PATH
# By number, so that a cluster that asks for a user other than root can see that it is one.
USER 65534:65534
WORKDIR /logs
ENTRYPOINT ["logdiag"]
CMD ["--help"]
